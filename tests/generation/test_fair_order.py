"""Who is served next. Nobody's many runs hold up somebody else's few."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from aigc_portal.accounts.models import Role, User
from aigc_portal.jobs.leases import Lease
from aigc_portal.jobs.models import MAX_ATTEMPTS
from aigc_portal.jobs.sweeper import take_back_expired
from generation import fair_order
from generation.actions.runs import cancel_run
from generation.fair_order import Waiting, claim_fairest, enter_queue, fairest, in_fair_order, settle, turn
from generation.models import Brief, GenerationRun, TokenCounter
from generation.run_endings import queue_again, settle_closed
from generation.served_models import read_reference
from tests.at_once import at_once
from tests.cast import Cast, make_user
from tests.factories import make_brief

QUEUE, LARGE = read_reference("small").queue, read_reference("large").queue


@pytest.fixture(autouse=True)
def _two_models(settings: Settings) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "small", ["large@http://localhost:9/v1"]


@pytest.fixture
def brief(cast: Cast) -> Brief:
    return make_brief(cast.marketer, cast.team)


def people(cast: Cast, count: int) -> list[User]:
    return [make_user(f"writer {number}", cast.team, Role.MARKETER) for number in range(count)]


def queue_runs(brief: Brief, user: User, count: int = 1, tokens: int = 1000, **fields: Any) -> list[GenerationRun]:
    """As the action queues them, without all that has nothing to do with the order."""
    runs = []
    for _ in range(count):
        run = GenerationRun(team=brief.team, brief=brief, messages=[], decoding={}, seed=1, variants=1)
        run.requested_by, run.token_estimate = user, tokens
        for name, value in fields.items():
            setattr(run, name, value)
        enter_queue(user, run.queue)
        run.save(force_insert=True)
        runs.append(run)
    return runs


def claimed(queue: str = QUEUE) -> GenerationRun:
    run = claim_fairest(queue)
    assert run is not None
    return run


def finish(run: GenerationRun, prompt: int, completion: int) -> None:
    Lease(run).finish("SUCCEEDED", prompt_tokens=prompt, completion_tokens=completion, seconds=1.0)
    settle(run, prompt + completion)


def tokens_of(user: User, queue: str = QUEUE) -> int:
    return TokenCounter.objects.get(user=user, queue=queue).tokens


def test_the_light_ones_do_not_wait_for_the_heavy_one(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.marketer, 100)
    for _ in range(5):
        claimed()
    light = people(cast, 20)
    for user in light:
        queue_runs(brief, user)
    order = [claimed().requested_by_id for _ in range(22)]
    assert {user.pk for user in light} <= set(order[:21])
    assert cast.marketer.pk in order, "the heavy one still gets on"
    assert claimed().requested_by == cast.marketer


def test_two_heavy_ones_alternate_by_tokens_not_by_runs(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.marketer, 40, tokens=500)
    queue_runs(brief, cast.second_marketer, 40, tokens=2000)
    served: Counter[int] = Counter()
    for _ in range(40):
        run = claimed()
        served[run.requested_by_id] += run.token_estimate
        assert abs(served[cast.marketer.pk] - served[cast.second_marketer.pk]) <= 2000
    assert Counter(served) == {cast.marketer.pk: 16_000, cast.second_marketer.pk: 16_000}


@pytest.mark.parametrize("seed", range(20))
def test_whoever_waits_all_the_time_gets_as_many_tokens_as_anybody_else(seed: int) -> None:
    """The bound of VTC: two who both always have something waiting differ by no more than one run's tokens each."""
    random = Random(seed)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    runs = [
        Waiting(pk, random.randrange(5), start + timedelta(seconds=pk), random.randrange(1, 3000)) for pk in range(400)
    ]
    left, served = Counter(run.user for run in runs), Counter[int]()
    order = list(in_fair_order(runs, {}))
    assert sorted(run.pk for run in order) == list(range(400))
    for run in order:
        served[run.user] += run.tokens
        left[run.user] -= 1
        waiting = [served[user] for user in left if left[user]]
        assert not waiting or max(waiting) - min(waiting) < 3000
    for user in left:
        assert [run.pk for run in order if run.user == user] == [run.pk for run in runs if run.user == user]


def test_what_is_foreseen_is_what_happens(cast: Cast, brief: Brief) -> None:
    random = Random(5)
    for user in [cast.marketer, cast.second_marketer, *people(cast, 3)]:
        for _ in range(6):
            queue_runs(brief, user, tokens=random.randrange(100, 3000))
    runs = GenerationRun.objects.order_by("queued_at", "pk")
    waiting = [Waiting(run.pk, run.requested_by_id, run.queued_at, run.token_estimate) for run in runs]
    foreseen = [run.pk for run in in_fair_order(waiting, {})]
    assert [claimed().pk for _ in foreseen] == foreseen
    assert claim_fairest(QUEUE) is None


def test_the_oldest_of_equals_comes_first(cast: Cast, brief: Brief) -> None:
    runs = [queue_runs(brief, user)[0] for user in (cast.second_marketer, cast.marketer)]
    assert claimed() == runs[0]


def test_a_claim_is_charged_and_the_end_corrects_it(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.marketer)
    run = claimed()
    assert (run.status, run.attempt) == ("RUNNING", 1)
    assert tokens_of(cast.marketer) == 1000
    finish(run, prompt=100, completion=250)
    assert tokens_of(cast.marketer) == 350


def test_a_run_that_is_given_back_costs_nothing(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.marketer)
    run = claimed()
    queue_again(run, Lease(run))
    assert tokens_of(cast.marketer) == 0
    assert claimed() == run
    assert tokens_of(cast.marketer) == 1000


def lose_worker() -> None:
    GenerationRun.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert take_back_expired(GenerationRun) == 1


def test_a_lost_worker_is_charged_once_for_all_attempts(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.marketer)
    zombie = Lease(claimed())
    lose_worker()
    second = claimed()
    assert second.attempt == 2
    assert tokens_of(cast.marketer) == 1000
    finish(second, prompt=100, completion=200)
    settle_closed(GenerationRun.objects.get(), zombie, 40)
    assert tokens_of(cast.marketer) == 300, "the zombie settles nothing"


def test_a_second_attempt_that_is_given_back_is_not_charged_again(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.marketer)
    claimed()
    lose_worker()
    second = claimed()
    queue_again(second, Lease(second))
    assert tokens_of(cast.marketer) == 1000
    assert claimed() == second
    assert tokens_of(cast.marketer) == 1000


def test_a_zombie_does_not_settle_for_the_one_who_works_now(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.marketer)
    run = claimed()
    zombie = Lease(run)
    lose_worker()
    settle_closed(run, zombie, 40)
    claimed()
    settle_closed(run, zombie, 40)
    assert tokens_of(cast.marketer) == 1000


def test_who_comes_back_starts_level_with_those_who_wait(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.marketer, 9)
    for _ in range(8):
        claimed()
    queue_runs(brief, cast.second_marketer, 9)
    assert tokens_of(cast.second_marketer) == 8000, "a pause earns no credit"
    claims = Counter(claimed().requested_by_id for _ in range(2))
    assert claims[cast.second_marketer.pk] == claims[cast.marketer.pk] == 1


def test_who_has_more_than_those_who_wait_keeps_it(cast: Cast, brief: Brief) -> None:
    TokenCounter.objects.create(user=cast.marketer, queue=QUEUE, tokens=9000)
    queue_runs(brief, cast.second_marketer)
    TokenCounter.objects.filter(user=cast.second_marketer).update(tokens=100)
    queue_runs(brief, cast.marketer)
    assert tokens_of(cast.marketer) == 9000


def test_further_runs_of_one_who_waits_lift_nobody(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.second_marketer)
    TokenCounter.objects.filter(user=cast.second_marketer).update(tokens=0)
    queue_runs(brief, cast.marketer)
    TokenCounter.objects.filter(user=cast.marketer).update(tokens=5000)
    queue_runs(brief, cast.second_marketer)
    assert tokens_of(cast.second_marketer) == 0


def test_what_was_used_in_quiet_hours_is_no_debt(cast: Cast, brief: Brief) -> None:
    """The queue was empty: the newcomer does not go before the one who had it to themselves yesterday."""
    TokenCounter.objects.create(user=cast.marketer, queue=QUEUE, tokens=1_000_000)
    queue_runs(brief, cast.second_marketer, 3)
    queue_runs(brief, cast.marketer)
    assert tokens_of(cast.second_marketer) == tokens_of(cast.marketer) == 1_000_000
    assert cast.marketer.pk in {claimed().requested_by_id for _ in range(2)}


def test_every_queue_counts_for_itself(cast: Cast, brief: Brief) -> None:
    small = queue_runs(brief, cast.marketer)[0]
    large = queue_runs(brief, cast.marketer, model_name="large")[0]
    gone = queue_runs(brief, cast.second_marketer, model_name="served no more")[0]
    assert claimed(LARGE) == large
    assert claim_fairest(LARGE) is None
    assert {claimed().pk, claimed().pk} == {small.pk, gone.pk}, "what is served no more goes to the default model"
    assert (tokens_of(cast.marketer, LARGE), tokens_of(cast.marketer)) == (1000, 1000)
    assert claim_fairest(read_reference("unknown").queue) is None


def test_a_run_without_a_counter_counts_as_none_used(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.marketer, 2)
    claimed()
    old = GenerationRun.objects.create(
        team=brief.team, brief=brief, messages=[], decoding={}, seed=1, variants=1, requested_by=cast.second_marketer
    )
    assert claimed() == old
    finish(old_state := GenerationRun.objects.get(pk=old.pk), prompt=10, completion=20)
    assert (old_state.status, tokens_of(cast.second_marketer)) == ("SUCCEEDED", 30)


def test_the_queries_of_a_claim_do_not_depend_on_the_runs(cast: Cast, brief: Brief) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            claimed()
        return len(captured)

    queue_runs(brief, cast.marketer, 2)
    few = queries()
    queue_runs(brief, cast.marketer, 20)
    for user in people(cast, 10):
        queue_runs(brief, user)
    assert queries() == few


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_share_the_runs(cast: Cast, brief: Brief) -> None:
    runs = [run.pk for user in [cast.marketer, *people(cast, 4)] for run in queue_runs(brief, user, 8)]

    def take_all() -> list[int]:
        taken = []
        while run := claim_fairest(QUEUE):
            taken.append(run.pk)
        return taken

    results = at_once(*[take_all] * 8)
    assert sorted(pk for taken in results for pk in taken) == sorted(runs)
    assert set(TokenCounter.objects.values_list("tokens", flat=True)) == {8000}


@pytest.mark.django_db(transaction=True)
def test_as_many_claims_as_runs_all_get_one(cast: Cast, brief: Brief) -> None:
    queue_runs(brief, cast.marketer, 8)
    results = at_once(*[partial(claim_fairest, QUEUE)] * 8)
    assert len({run.pk for run in results}) == 8


def test_a_run_that_is_cancelled_at_the_same_moment_is_passed_over(
    cast: Cast, brief: Brief, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = queue_runs(brief, cast.marketer, 2)

    def fairest_then_cancelled(queue: str) -> tuple[int | None, int]:
        pk, attempt = fairest(queue)
        if pk == first.pk:
            cancel_run(actor=cast.marketer, run=GenerationRun.objects.get(pk=pk))
        return pk, attempt

    monkeypatch.setattr(fair_order, "fairest", fairest_then_cancelled)
    assert claimed() == second
    assert claim_fairest(QUEUE) is None
    assert tokens_of(cast.marketer) == 1000


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_was_stopped_in_its_turn_holds_up_nobody(
    cast: Cast, brief: Brief, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fair_order, "FROZEN", "50ms")
    queue_runs(brief, cast.marketer)
    in_turn, others_are_done = Event(), Event()

    def stop_in_the_turn() -> str:
        try:
            with transaction.atomic(), turn(QUEUE):
                in_turn.set()
                others_are_done.wait(10)
                fairest(QUEUE)
        except DatabaseError:
            return "lost its turn"
        return "kept its turn"

    def claim_meanwhile() -> GenerationRun | None:
        in_turn.wait(10)
        try:
            return claim_fairest(QUEUE)
        finally:
            others_are_done.set()

    zombie, run = at_once(stop_in_the_turn, claim_meanwhile)
    assert run is not None
    assert zombie == "lost its turn"


def test_a_run_in_its_last_attempt_waits_until_the_worker_has_nothing_else(cast: Cast, brief: Brief) -> None:
    (suspect,) = queue_runs(brief, cast.marketer, attempt=MAX_ATTEMPTS - 1)
    queue_runs(brief, cast.marketer)
    assert claim_fairest(QUEUE, alone=False) is None
    assert claim_fairest(QUEUE, alone=True) == suspect
    assert claim_fairest(QUEUE, alone=False) is not None
