"""A policy in words, and what is different between two of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from review.models import PolicyStep
from review.policy_rules import PolicyRules


@dataclass(frozen=True)
class WordChange:
    """A line of the policy before and after; "" where there was or is none."""

    field: str
    before: str
    after: str


def words_of(rules: PolicyRules) -> dict[str, str]:
    """Subject to sentence, in the order in which people read them."""
    lines = {
        _("Step %(number)s") % {"number": place + 1}: step_words(rules, place) for place in range(len(rules.steps))
    }
    return lines | {
        _("Disagreement"): disagreement_words(rules),
        _("Verdicts of others"): _(
            "Hidden until the decision; an adjudicator sees them without names, and authors never learn the names"
        )
        if rules.blind
        else _("Seen by who judges later"),
        _("Fact check"): _("Approving needs the tick that the facts were checked")
        if rules.fact_check
        else _("No tick is asked for"),
        _("Corrections"): _("Somebody else confirms what a reviewer corrected")
        if rules.confirm_corrections
        else _("Who corrects a text approves it with that"),
        _("Second opinion"): _("%(percent)s%% of the texts, with one reviewer more at step 1")
        % {"percent": rules.second_opinion_percent}
        if rules.second_opinion_percent
        else _("None"),
        _("Known answers"): _("%(percent)s%% of what a reviewer takes is a text whose answer is known")
        % {"percent": rules.gold_percent}
        if rules.gold_percent
        else _("None"),
        _("Due"): ngettext(
            "%(hours)s hour after the text was submitted",
            "%(hours)s hours after the text was submitted",
            rules.due_hours,
        )
        % {"hours": rules.due_hours},
    }


def step_words(rules: PolicyRules, place: int) -> str:
    """“Legal: two of …, all agree”, for the step counted from 0."""
    step = rules.steps[place]
    numbers = {"n": step.reviewers, "group": step.group}
    if step.group is None:
        words = ngettext("%(n)s reviewer of the team", "%(n)s reviewers of the team", step.reviewers) % numbers
    else:
        words = (
            ngettext(
                "%(n)s reviewer of the group “%(group)s”", "%(n)s reviewers of the group “%(group)s”", step.reviewers
            )
            % numbers
        )
    if rules.reviewers_at(place) > 1:
        agree = _("all agree") if step.rule == PolicyStep.Rule.UNANIMOUS else _("more than half agree")
        words = _("%(who)s, %(rule)s") % {"who": words, "rule": agree}
    return _("%(name)s: %(words)s") % {"name": step.name, "words": words} if step.name else words


def disagreement_words(rules: PolicyRules) -> str:
    if rules.adjudicators is not None:
        return _("Somebody of the group “%(group)s” decides") % {"group": rules.adjudicators}
    return _("A reviewer who has not judged the text decides")


def changes_between(before: PolicyRules, after: PolicyRules) -> list[WordChange]:
    old, new = words_of(before), words_of(after)
    subjects = old if len(old) > len(new) else new  # the one with more steps names them all
    return [
        WordChange(subject, old.get(subject, ""), new.get(subject, ""))
        for subject in subjects
        if old.get(subject) != new.get(subject)
    ]
