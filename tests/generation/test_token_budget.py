"""What a team may have in work at once and use in a day, and what people are told where that is over."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from aigc_portal.accounts.models import Team, User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.jobs import doorbell
from aigc_portal.problems import Refused
from generation import engine_status
from generation.actions import runs
from generation.actions.runs import repeat_run, request_run
from generation.engine_status import EngineStatus
from generation.fair_order import enter_queue
from generation.models import Brief, GenerationRun, TeamLimit, TokenCounter
from generation.served_models import read_reference
from generation.token_budget import TeamBudget, budgets_of, estimate_tokens, midnight
from generation.token_limits import check_limits
from tests.at_once import at_once
from tests.cast import Cast
from tests.factories import make_brief, make_run, without_triggers

QUEUE = read_reference("smollm2-135m-instruct").queue


@pytest.fixture
def brief(cast: Cast) -> Brief:
    return make_brief(cast.marketer, cast.team)


@pytest.fixture(autouse=True)
def _no_doorbell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "_submit", lambda *_: None)


def make_spent(brief: Brief, status: str, tokens: int = 1000, **fields: Any) -> GenerationRun:
    """A run that was estimated at `tokens`."""
    run = make_run(brief, status=status)
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(token_estimate=tokens, **fields)
    return run


def budget_of(team: Team) -> TeamBudget:
    return budgets_of([team])[0]


def limit(team: Team, **limits: int) -> None:
    TeamLimit.objects.update_or_create(team=team, defaults=limits)


def tell_worker(tokens_per_second: float) -> None:
    engine_status.report(EngineStatus("ready", worker="w1", queue=QUEUE, slots=4, tokens_per_second=tokens_per_second))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("Spring tea", 3), ("word " * 100, 125), ("春天的新茶", 5), ("Tea 茶", 2), ("чай", 2), ("🍵🍵🍵", 4)],
)
def test_the_estimate_of_a_prompt_is_honest_in_both_languages(text: str, tokens: int) -> None:
    empty = estimate_tokens([{"role": "user", "content": ""}], {"max_tokens": 1}, 1)
    assert estimate_tokens([{"role": "user", "content": text}], {"max_tokens": 1}, 1) == empty + tokens


def test_every_variant_may_be_as_long_as_it_may() -> None:
    messages = [{"role": "system", "content": "x" * 40}, {"role": "user", "content": "茶" * 10}]
    prompt = estimate_tokens(messages, {"max_tokens": 0}, 1)
    assert prompt == 10 + 10 + 16
    assert estimate_tokens(messages, {"max_tokens": 40}, 3) == prompt + 120
    assert estimate_tokens(messages, {}, 2) == prompt + 512, "the engine's own limit"


def test_a_run_is_queued_with_its_estimate(cast: Cast, brief: Brief) -> None:
    run = request_run(actor=cast.marketer, brief=brief, variants=2)
    run.refresh_from_db()
    assert run.token_estimate == estimate_tokens(run.messages, run.decoding, 2) > 0
    GenerationRun.objects.filter(pk=run.pk).update(status="FAILED")
    run.refresh_from_db()
    assert repeat_run(actor=cast.marketer, run=run).token_estimate == run.token_estimate


def test_what_a_team_has_in_work_and_used_today(cast: Cast, brief: Brief) -> None:
    make_spent(brief, "QUEUED")
    make_spent(brief, "RUNNING", 500)
    make_spent(brief, "SUCCEEDED", prompt_tokens=100, completion_tokens=150)
    make_spent(brief, "FAILED", attempt=1, completion_tokens=30)
    make_spent(brief, "FAILED", 200, attempt=3, error_code="worker_lost")
    make_spent(brief, "CANCELLED", 300, attempt=1)
    make_spent(brief, "CANCELLED")  # nobody had begun it
    yesterday = midnight() - timedelta(seconds=1)
    make_spent(brief, "QUEUED", 10_000, queued_at=yesterday)
    make_spent(brief, "SUCCEEDED", prompt_tokens=7777, completion_tokens=7777, queued_at=yesterday)
    budget = budget_of(cast.team)
    assert (budget.outstanding, budget.used_today) == (11_500, 2280)
    assert (budget.limit.outstanding_tokens, budget.limit.daily_tokens) == (200_000, 5_000_000)
    other = budget_of(cast.other_team)
    assert (other.outstanding, other.used_today) == (0, 0)


def test_the_day_begins_at_midnight_where_the_portal_stands(cast: Cast, brief: Brief, settings: Settings) -> None:
    settings.TIME_ZONE = "Pacific/Kiritimati"  # 14 hours ahead
    assert midnight().utcoffset() == timedelta(hours=14)
    assert timedelta(0) <= timezone.now() - midnight() < timedelta(days=1)
    assert midnight(1) - midnight() == timedelta(days=1)
    make_spent(brief, "QUEUED", queued_at=midnight() - timedelta(seconds=1))
    make_spent(brief, "QUEUED", 500, queued_at=midnight())
    assert budget_of(cast.team).used_today == 500


def test_budgets_of_many_teams_take_as_many_queries_as_of_one(cast: Cast, brief: Brief) -> None:
    make_spent(brief, "QUEUED")
    with CaptureQueriesContext(connection) as captured:
        budgets = budgets_of([cast.other_team, cast.team])
    assert [budget.outstanding for budget in budgets] == [0, 1000]
    assert len(captured) == 2


def refusal_of(cast: Cast, brief: Brief, variants: int = 1) -> Refused:
    before = (GenerationRun.objects.count(), TokenCounter.objects.count(), AuditEvent.objects.count())
    with pytest.raises(Refused) as caught:
        request_run(actor=cast.marketer, brief=brief, variants=variants)
    assert (GenerationRun.objects.count(), TokenCounter.objects.count(), AuditEvent.objects.count()) == before
    return caught.value


def test_over_what_may_be_in_work_at_once(cast: Cast, brief: Brief) -> None:
    make_spent(brief, "RUNNING", 190_000)
    make_spent(brief, "QUEUED", 9_990)
    tell_worker(100.0)
    refusal = refusal_of(cast, brief)
    assert (refusal.code, refusal.status) == ("outstanding_limit", 429)
    assert (refusal.extra["tokens_limit"], refusal.extra["tokens_left"]) == (200_000, 10)
    expected = (refusal.extra["tokens_needed"] - 10) / 100
    assert expected <= refusal.extra["retry_after_seconds"] < expected + 1
    assert "10 of the 200,000" in refusal.detail
    assert "fewer variants" in refusal.detail


def test_the_estimate_knows_that_others_are_served_too(cast: Cast, brief: Brief) -> None:
    """Half of what waits is another team's: it takes twice as long."""
    make_spent(brief, "RUNNING", 200_000)
    tell_worker(100.0)
    alone = refusal_of(cast, brief).extra["retry_after_seconds"]
    make_spent(make_brief(cast.outsider, cast.other_team), "RUNNING", 200_000)
    assert refusal_of(cast, brief).extra["retry_after_seconds"] in (2 * alone, 2 * alone - 1)


def test_the_estimate_knows_how_much_of_an_estimate_is_written(cast: Cast, brief: Brief) -> None:
    make_spent(brief, "RUNNING", 200_000)
    tell_worker(100.0)
    bound = refusal_of(cast, brief).extra["retry_after_seconds"]
    make_spent(brief, "SUCCEEDED", 1000, completion_tokens=250, seconds=2.0)
    assert refusal_of(cast, brief).extra["retry_after_seconds"] in (bound // 4, bound // 4 + 1)


def test_without_a_measured_rate_the_last_runs_tell_it(cast: Cast, brief: Brief) -> None:
    make_spent(brief, "RUNNING", 100_000)
    make_spent(brief, "RUNNING", 100_000)
    make_spent(brief, "SUCCEEDED", 1000, completion_tokens=1000, seconds=20.0)
    refusal = refusal_of(cast, brief)
    expected = refusal.extra["tokens_needed"] / (2 * 50)
    assert expected <= refusal.extra["retry_after_seconds"] < expected + 1


def test_where_nobody_knows_there_is_no_estimate(cast: Cast, brief: Brief) -> None:
    make_spent(brief, "QUEUED", 200_000)
    refusal = refusal_of(cast, brief)
    assert refusal.extra["retry_after_seconds"] is None
    assert "when some of your team's runs have finished" in refusal.detail


def test_over_the_day(cast: Cast, brief: Brief) -> None:
    limit(cast.team, daily_tokens=10_000)
    make_spent(brief, "SUCCEEDED", prompt_tokens=9000, completion_tokens=900)
    refusal = refusal_of(cast, brief)
    assert (refusal.code, refusal.status, refusal.extra["tokens_left"]) == ("daily_quota", 429, 100)
    left = (midnight(1) - timezone.now()).total_seconds()
    assert left <= refusal.extra["retry_after_seconds"] <= left + 2
    assert "after midnight" in refusal.detail


@pytest.mark.parametrize(
    ("limits", "code"), [({"daily_tokens": 10}, "daily_quota"), ({"outstanding_tokens": 10}, "outstanding_limit")]
)
def test_what_never_fits_is_not_put_off(cast: Cast, brief: Brief, limits: dict[str, int], code: str) -> None:
    limit(cast.team, **limits)
    refusal = refusal_of(cast, brief)
    assert (refusal.code, refusal.extra["retry_after_seconds"]) == (code, None)
    assert "an admin of your team" in refusal.detail
    assert "Try again" not in refusal.detail


def test_the_other_teams_work_counts_for_the_other_team(cast: Cast, brief: Brief) -> None:
    make_spent(make_brief(cast.outsider, cast.other_team), "QUEUED", 200_000)
    assert request_run(actor=cast.marketer, brief=brief, variants=8).status == "QUEUED"


def test_a_limit_is_reached_exactly(cast: Cast, brief: Brief) -> None:
    needed = request_run(actor=cast.marketer, brief=brief, variants=1).token_estimate
    limit(cast.team, outstanding_tokens=2 * needed)
    request_run(actor=cast.marketer, brief=brief, variants=1)
    assert refusal_of(cast, brief).extra["tokens_left"] == 0


def test_the_check_costs_the_same_however_many_runs_there_are(cast: Cast, brief: Brief) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            check_limits(cast.team.pk, 10, QUEUE)
        return len(captured)

    few = queries()
    for _ in range(5):
        make_spent(brief, "QUEUED")
    assert queries() == few == 3


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_do_not_slip_past_the_limit_together(
    cast: Cast, brief: Brief, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first waits, with its run not yet saved, for the second to get past the check; it never does."""
    needed = request_run(actor=cast.marketer, brief=brief, variants=1).token_estimate
    limit(cast.team, outstanding_tokens=2 * needed)
    both_are_past = Barrier(2)

    def enter_slowly(user: User, queue: str) -> None:
        with suppress(BrokenBarrierError):
            both_are_past.wait(timeout=0.3)
        enter_queue(user, queue)

    monkeypatch.setattr(runs, "enter_queue", enter_slowly)
    results = at_once(*[lambda: request_run(actor=cast.marketer, brief=brief, variants=1)] * 2)
    assert {type(result) for result in results} == {GenerationRun, Refused}
    assert both_are_past.broken
    assert budget_of(cast.team).outstanding == 2 * needed
