"""What the desk offers and says beside the text: the way back, the next one, assignments, time that is over."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape

import pytest
from django.db.models.functions import Now
from django.utils.translation import override

from review.actions.break_glass import break_glass
from review.actions.claims import claim, claim_next
from review.actions.decisions import reject
from review.actions.gold import create_gold
from review.actions.triage import assign
from review.actions.verdicts import Verdict
from review.lifeline import lifeline
from review.models import Review
from review.subject import Subject
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_policy, make_reason, make_review
from tests.review.judging import judge

TAKE_NEXT = 'action="/reviews/next/"'


@pytest.fixture(autouse=True)
def _reasons(cast: Cast) -> None:
    make_reason(cast.team)


def page(cast: Cast, person: str, review: Review) -> str:
    answer = cast.client(person).get(f"/reviews/{review.pk}/")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def trail(text: str) -> str:
    return text.partition('<nav class="trail"')[2].partition("</nav>")[0]


@pytest.mark.parametrize("person", ["reviewer", "lead"])
def test_whoever_works_with_the_queue_gets_back_to_it(cast: Cast, waiting: Review, person: str) -> None:
    assert '<a href="/reviews/">Review queue</a>' in trail(page(cast, person, waiting))


@pytest.mark.parametrize("person", ["marketer", "auditor"])
def test_others_get_back_to_the_brief(cast: Cast, waiting: Review, person: str) -> None:
    brief = waiting.draft.brief
    link = f'<a href="{brief.get_absolute_url()}">Brief: Spring tea</a>'
    assert link in trail(page(cast, person, waiting))


def test_what_is_decided_offers_reviewers_the_next_one(cast: Cast, waiting: Review) -> None:
    assert TAKE_NEXT not in page(cast, "reviewer", waiting)
    judge(waiting, cast.reviewer)
    for person, offered in (("reviewer", True), ("second_reviewer", True), ("lead", False), ("marketer", False)):
        assert (TAKE_NEXT in page(cast, person, waiting)) is offered, person


def test_what_one_holds_is_put_back_before_the_assignment_is_given_up(cast: Cast, waiting: Review) -> None:
    assign(actor=cast.lead, review=waiting, to=cast.reviewer)
    give_up = f'action="/reviews/{waiting.pk}/give-back/"'
    text = page(cast, "reviewer", waiting)
    assert give_up in text
    assert "Give up the assignment" in text
    claim(actor=cast.reviewer, review=waiting)
    text = page(cast, "reviewer", waiting)
    assert give_up not in text
    assert "Put back" in text
    assert give_up not in page(cast, "second_reviewer", waiting)


def test_time_that_is_over_is_told_before_the_sweep(cast: Cast, held: Review) -> None:
    assert "Reviewer is reviewing this until" in page(cast, "second_reviewer", held)
    Review.objects.filter(pk=held.pk).update(claimed_until=Now() - timedelta(seconds=20))
    text = page(cast, "second_reviewer", held)
    assert "Reviewer’s time is over; it returns to the queue within a minute." in text
    assert "is reviewing this until" not in text


def corrected(cast: Cast, waiting: Review) -> Review:
    """The reviewer corrects, the second reviewer decides."""
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    review = make_review(make_draft(waiting.draft.brief, "A strong black tea."))
    judge(review, cast.reviewer, text="A mild black tea.")
    judge(review, cast.second_reviewer)
    return review


def outcome(text: str) -> str:
    return text.partition('<div class="outcome">')[2].partition("</p>")[0]


def test_a_correction_is_its_writers_not_the_deciders(cast: Cast, waiting: Review) -> None:
    told = outcome(page(cast, "lead", corrected(cast, waiting)))
    assert "by Second Reviewer," in told
    assert "corrected by Reviewer<" in told
    assert "with a correction" not in told


@pytest.fixture
def known(cast: Cast, waiting: Review) -> Review:
    """A known answer, held by the reviewer, under a policy of two."""
    decided = make_review(make_draft(make_brief(cast.marketer, cast.team, "Winter tea"), "Cures every cold."))
    judge(decided, cast.third_reviewer, "REJECTED")
    create_gold(actor=cast.lead, review=decided, verdict="REJECTED", explanation="No tea cures.")
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, gold_percent=100)
    review = claim_next(actor=cast.reviewer)
    assert review is not None
    assert review.gold_id
    return review


def training(review: Review) -> tuple[str, str]:
    with override("en"):
        step = lifeline(Subject(Review.for_reviewers.with_subject().get(pk=review.pk)))[-1]
    return step.state, step.note


def test_a_known_answer_is_like_any_other_until_it_is_decided(cast: Cast, known: Review) -> None:
    assert training(known) == ("todo", "")
    assert "0 of 2 have judged" in page(cast, "reviewer", known)
    sha256 = known.current_draft.sha256
    reject(actor=cast.reviewer, review=known, sha256=sha256, verdict=Verdict(reasons=["inaccurate"]))
    assert training(known) == ("blocked", "known answer")
    for person in ("reviewer", "lead"):
        text = page(cast, person, known)
        assert "have judged" not in text
        assert "Course of the review" not in text


def test_what_was_decided_against_the_rules_is_never_training_data(cast: Cast, waiting: Review) -> None:
    why = "The campaign starts today, and nobody else is here."
    break_glass(actor=cast.lead, review=waiting, decision="APPROVED", sha256=waiting.draft.sha256, reason=why)
    assert training(waiting) == ("blocked", "decided against the rules")


def test_no_part_of_a_page_sets_a_style(cast: Cast, waiting: Review) -> None:
    """The content policy forbids it, and htmx would while a part settles."""
    config = page(cast, "reviewer", waiting).partition('name="htmx-config" content=\'')[2].partition("'>")[0]
    assert "style" not in json.loads(config)["attributesToSettle"]
