"""What several verdicts on one text make: the next step, a dispute, or a decision. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

APPROVED = "APPROVED"


@dataclass(frozen=True, slots=True)
class StepRule:
    """How many reviewers a step wants, and whether all of them must agree or more than half."""

    position: int
    reviewers: int
    unanimous: bool = False

    @property
    def needed(self) -> int:
        """Equal verdicts that settle the step."""
        return self.reviewers if self.unanimous else self.reviewers // 2 + 1


@dataclass(frozen=True, slots=True)
class Vote:
    """One reviewer's verdict on the text as it stands now, at one step."""

    step: int
    verdict: str
    adjudicates: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Nothing is decided: the reviewers of this step are asked next, or its adjudicators."""

    step: int
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """The review ends with this verdict."""

    verdict: str


def consensus(steps: Sequence[StepRule], votes: Iterable[Vote]) -> Asked | Decided:
    """Where a text stands. `steps` are in order; each must approve before the next is asked, and any may refuse."""
    cast = list(votes)
    for step in steps:
        outcome = outcome_of(step, [vote for vote in cast if vote.step == step.position])
        if outcome != Decided(APPROVED):
            return outcome
    return Decided(APPROVED)


def outcome_of(step: StepRule, votes: Sequence[Vote]) -> Asked | Decided:
    """An adjudicator's verdict counts alone. Reviewers who cannot agree any more are in dispute."""
    for vote in votes:
        if vote.adjudicates:
            return Decided(vote.verdict)
    counts = Counter(vote.verdict for vote in votes)
    for verdict, count in counts.items():
        if count >= step.needed:
            return Decided(verdict)
    left = step.reviewers - len(votes)
    reachable = max(counts.values(), default=0) + left >= step.needed
    split = step.unanimous and len(counts) > 1
    return Asked(step.position, disputed=split or not reachable)
