"""What leads see of a team's verdicts in a period: agreement, time, reversals, known answers. Of nobody by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q

from review.models import Feedback
from review.models.feedback import FeedbackQuerySet
from review.percentiles import Median
from review.quality.agreement import Cell, agreement_matrix, cohen_kappa, krippendorff_alpha
from review.quality.figures import Figure
from review.quality.rates import Rate, together
from review.quality.reversals import reversals
from review.quality.shared_texts import SharedTexts, shared_texts

STANDING = Q(undone_at=None)
# Who breaks the glass takes the text and decides in one moment, which says nothing of the time that judging takes.
ALONE = ~Q(review__break_glass="") & Q(review__decided_by=F("reviewer"))
TIMED = STANDING & ~ALONE
ON_GOLD = STANDING & Q(review__gold__isnull=False)
# One reviewer's or all verdicts at once; by feedback_by_time.
MEASURED = {
    "given": Count("pk"),
    "taken_back": Count("pk", filter=~STANDING),
    "timed": Count("seconds", filter=TIMED),
    "median_seconds": Median("seconds", filter=TIMED),
    "on_gold": Count("pk", filter=ON_GOLD),
    "right_on_gold": Count("pk", filter=ON_GOLD & Q(verdict=F("review__gold__verdict"))),
}


@dataclass(frozen=True)
class MeanKappa:
    """Cohen's kappa over every two people, each two weighted by the texts that they share.

    `twos` are those for whom it is defined, `lowest` and `highest` their range.
    """

    twos: int
    texts: int
    value: float | None = None
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True)
class Times:
    median_seconds: float | None
    verdicts: int


@dataclass(frozen=True)
class Quality:
    verdicts: int
    alpha: Figure
    kappa: MeanKappa
    matrix: Counter[Cell]
    times: Times
    reversed: Rate
    taken_back: Rate
    gold: Rate


@dataclass(frozen=True)
class Judged:
    """What is read of a period once, for the whole team and for each person. `reversed` is by who judged first."""

    team_id: int
    since: datetime | None
    shared: SharedTexts
    reversed: dict[int, Rate]

    @property
    def feedback(self) -> FeedbackQuerySet:
        found = Feedback.objects.filter(review__team=self.team_id).order_by()
        return found if self.since is None else found.filter(given_at__gte=self.since)


def judged(team_id: int, since: datetime | None) -> Judged:
    return Judged(team_id, since, shared_texts(team_id, since), reversals(team_id, since))


def quality_of(judged: Judged) -> Quality:
    told = judged.feedback.aggregate(**MEASURED)
    return Quality(
        verdicts=told["given"],
        alpha=krippendorff_alpha(judged.shared.units),
        kappa=mean_kappa(judged.shared.tables),
        matrix=agreement_matrix(judged.shared.units),
        times=Times(told["median_seconds"], told["timed"]),
        reversed=together(judged.reversed.values()),
        taken_back=Rate(told["taken_back"], told["given"]),
        gold=Rate(told["right_on_gold"], told["on_gold"]),
    )


def mean_kappa(tables: Mapping[tuple[int, int], Counter[Cell]]) -> MeanKappa:
    figures = [cohen_kappa(table) for table in tables.values()]
    known = [(figure.value, figure.items) for figure in figures if figure.value is not None]
    if not known:
        return MeanKappa(twos=0, texts=0)
    texts = sum(items for _value, items in known)
    values = [value for value, _items in known]
    mean = sum(value * items for value, items in known) / texts
    return MeanKappa(len(known), texts, mean, min(values), max(values))
