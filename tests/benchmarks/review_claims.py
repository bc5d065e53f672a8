"""Many reviewers take what is next at the same time, each in a process with a connection of its own."""

import statistics
import time
from collections import Counter
from multiprocessing.synchronize import Barrier

from django.db import connection

from aigc_portal.accounts.models import User
from aigc_portal.audit.models import AuditEvent
from review.actions.claims import claim_next
from review.models import Review
from tests.benchmarks.console import Options, say
from tests.benchmarks.review_processes import at_once
from tests.benchmarks.review_store import Scale, Staff
from tests.benchmarks.review_times import p99
from tests.benchmarks.table import Figure, Target

CONNECTIONS = 8
SECONDS, QUICK_SECONDS = 20.0, 3.0


def measure(options: Options, scale: Scale, staff: Staff) -> list[Figure]:
    """Return how many claims a second there were, and that nothing was claimed twice."""
    seconds = QUICK_SECONDS if options.quick else SECONDS
    last = AuditEvent.objects.latest("pk").pk
    people = [(user.pk, seconds) for user in staff.reviewers[:CONNECTIONS]]
    answers = at_once("tests.benchmarks.review_claims.take_for", people)
    taken = Counter(pk for claims, _waits, _took in answers for pk in claims)
    waits = [wait for _claims, waits, _took in answers for wait in waits]
    rate = sum(len(claims) / took for claims, _waits, took in answers)
    say(f"{taken.total()} claims by {CONNECTIONS} processes")
    work = f"{scale}; {CONNECTIONS} reviewers, a process and a connection each, {seconds:.0f} s"
    return [
        Figure("claims: claim_next with its event", work, (rate,), "claims/s", Target(500)),
        Figure(
            "claims: claimed twice, or not as told",
            work,
            (float(wrong(taken, answers, people, last)),),
            "",
            Target(0, upper=True),
        ),
        Figure("claims: one claim", work, (1000 * statistics.median(waits),), "ms, median"),
        Figure("claims: one claim", work, (1000 * p99(waits),), "ms, p99"),
    ]


def take_for(pk: int, seconds: float, start: Barrier) -> tuple[list[int], list[float], float]:
    """Return what this reviewer took, how long each took, and how long all of it; the user is read once."""
    user = User.objects.get(pk=pk)
    user.roles_by_team  # noqa: B018
    claims, waits = list[int](), list[float]()
    start.wait()
    began = now = time.perf_counter()
    while now < began + seconds and (review := claim_next(actor=user)):
        claims.append(review.pk)
        before, now = now, time.perf_counter()
        waits.append(now - before)
    connection.close_pool()  # type: ignore[attr-defined]
    return claims, waits, now - began


def wrong(
    taken: Counter[int],
    answers: list[tuple[list[int], list[float], float]],
    people: list[tuple[int, float]],
    last: int,
) -> int:
    """Return how many reviews were given to two, are not held by whom they were given to, or lack their one event."""
    twice = sum(count > 1 for count in taken.values())
    told = {
        pk: user for (user, _seconds), (claims, _waits, _took) in zip(people, answers, strict=True) for pk in claims
    }
    held = dict(Review.objects.filter(status="IN_REVIEW", pk__in=told).values_list("pk", "claimed_by_id"))
    events = AuditEvent.objects.filter(pk__gt=last, action="review.in_review").values_list("target_id", "actor_id")
    written, due = Counter((int(pk), actor) for pk, actor in events), Counter(told.items())
    strange = sum(held.get(pk) != user for pk, user in told.items())
    return twice + strange + (written - due).total() + (due - written).total()
