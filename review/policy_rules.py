"""The rules of a policy as plain values: of a version that exists, or of one that somebody proposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from review.models import PolicyStep, ReviewGroup, ReviewPolicy
from review.models.policies import DUE_HOURS


@dataclass(frozen=True)
class StepRules:
    """`group` None asks any reviewer of the team."""

    name: str = ""
    group: ReviewGroup | None = None
    reviewers: int = 1
    rule: str = PolicyStep.Rule.MAJORITY.value


@dataclass(frozen=True)
class PolicyRules:
    """What holds of a ReviewPolicy, without its number and history."""

    steps: tuple[StepRules, ...] = (StepRules(),)
    blind: bool = False
    fact_check: bool = False
    confirm_corrections: bool = False
    adjudicators: ReviewGroup | None = None
    second_opinion_percent: int = 0
    gold_percent: int = 0
    due_hours: int = DUE_HOURS

    def reviewers_at(self, place: int) -> int:
        """The most people that the step (counted from 0) asks: with the second opinion at the first one."""
        return self.steps[place].reviewers + int(place == 0 and self.second_opinion_percent > 0)

    def groups(self) -> list[ReviewGroup]:
        named = [step.group for step in self.steps] + [self.adjudicators]
        return [group for group in named if group is not None]

    def facts(self) -> dict[str, Any]:
        """For the audit log: flat, and the same whatever the language."""
        steps = {
            f"step_{place}": f"{step.name or place}: {step.reviewers} of {step.group or 'all reviewers'}, {step.rule}"
            for place, step in enumerate(self.steps, start=1)
        }
        return steps | {
            "blind": self.blind,
            "fact_check": self.fact_check,
            "confirm_corrections": self.confirm_corrections,
            "adjudicators": str(self.adjudicators or ""),
            "second_opinion_percent": self.second_opinion_percent,
            "gold_percent": self.gold_percent,
            "due_hours": self.due_hours,
        }


def rules_of(policy: ReviewPolicy) -> PolicyRules:
    """From `adjudicators` and `steps__group` as fetched."""
    steps = tuple(StepRules(step.name, step.group, step.reviewers, step.rule) for step in policy.steps.all())
    return PolicyRules(
        steps=steps,
        blind=policy.blind,
        fact_check=policy.fact_check,
        confirm_corrections=policy.confirm_corrections,
        adjudicators=policy.adjudicators,
        second_opinion_percent=policy.second_opinion_percent,
        gold_percent=policy.gold_percent,
        due_hours=policy.due_hours,
    )
