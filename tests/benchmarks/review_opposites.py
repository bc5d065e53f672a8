"""Opposite decisions at the same moment, from two windows of whoever holds the review."""

from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from django.db import connection

from aigc_portal.audit.models import AuditEvent
from aigc_portal.problems import StaleState
from review.actions.claims import claim_next
from review.actions.decisions import approve, reject
from review.actions.verdicts import Verdict
from review.models import DECIDED, Feedback, Review
from tests.benchmarks.console import Options, say
from tests.benchmarks.review_store import Scale, Staff
from tests.benchmarks.table import Figure, Target

PAIRS, QUICK_PAIRS = 1000, 40
WHY = Verdict(reasons=["inaccurate"], comment="Two windows.")
DECISIONS = ("review.approved", "review.rejected", "review.changes_requested", "review.judged")


def measure(options: Options, scale: Scale, staff: Staff) -> list[Figure]:
    """Return who won, how many pairs had not exactly one winner, and what was left half done."""
    reviewer = staff.reviewers[-1]
    last = AuditEvent.objects.latest("pk").pk
    reviews = [claim_next(actor=reviewer) for _ in range(QUICK_PAIRS if options.quick else PAIRS)]
    held = [review for review in reviews if review is not None]

    def approving(number: int, review: Review) -> Any:
        corrected = "Better, and by hand." if number % 2 else None
        return approve(actor=reviewer, review=review, sha256=review.current_draft.sha256, corrected_text=corrected)

    def rejecting(number: int, review: Review) -> Any:
        return reject(actor=reviewer, review=review, sha256=review.current_draft.sha256, verdict=WHY)

    ends = pairs(held, approving, rejecting)
    lost = sum(sorted(type(end).__name__ for end in pair) != ["Feedback", "StaleState"] for pair in ends)
    winners = Counter(Review.objects.filter(pk__in=[review.pk for review in held]).values_list("status", flat=True))
    say(f"{len(held)} pairs: {dict(winners)}")
    work = f"{scale}; {len(held)} pairs, approve against reject, two threads with connections of their own"
    none = Target(0, upper=True)
    return [
        Figure("opposites: pairs without exactly one winner", work, (float(lost),), "", none),
        Figure("opposites: half-states", work, (float(half_states(held, last)),), "", none),
        Figure("opposites: won by approving", work, (float(winners["APPROVED"]),), f"of {len(held)}"),
    ]


def pairs(
    reviews: list[Review], one: Callable[[int, Review], Any], other: Callable[[int, Review], Any]
) -> list[tuple[Any, Any]]:
    """Return what both acts on each review returned or raised; each pair begins at one moment."""
    start = Barrier(2)
    ends: list[list[Any]] = [[], []]

    def work(side: int, act: Callable[[int, Review], Any]) -> None:
        try:
            for number, review in enumerate(reviews):
                mine = Review.objects.select_related("draft", "current_draft", "policy").get(pk=review.pk)
                start.wait(30)
                try:
                    ends[side].append(act(number, mine))
                except StaleState as error:
                    ends[side].append(error)
        except BaseException:
            start.abort()
            raise
        finally:
            connection.close()

    threads = [Thread(target=work, args=(side, act)) for side, act in enumerate((one, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(zip(*ends, strict=True))


def half_states(reviews: list[Review], last: int) -> int:
    """Return how many of them have not one decision, one feedback that says the same, one event, and no stray text."""
    wanted = [review.pk for review in reviews]
    feedback: dict[int, list[Feedback]] = {pk: [] for pk in wanted}
    for said in Feedback.objects.filter(review__in=wanted).select_related("approved_draft"):
        feedback[said.review_id].append(said)
    told: dict[int, list[str]] = {pk: [] for pk in wanted}
    for pk, action in AuditEvent.objects.filter(pk__gt=last, action__in=DECISIONS).values_list("target_id", "action"):
        told.setdefault(int(pk), []).append(action)
    children = Counter(Review.objects.filter(pk__in=wanted, draft__children__isnull=False).values_list("pk", flat=True))
    half = 0
    for review in Review.objects.filter(pk__in=wanted):
        said_so = [one.verdict for one in feedback[review.pk]] == [review.status]
        event = told[review.pk] == [f"review.{review.status.lower()}"]
        texts = children[review.pk] == int(review.was_corrected)
        half += not (review.status in DECIDED and said_so and event and texts)
    return half
