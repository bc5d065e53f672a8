from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Membership, Role, Team
from aigc_portal.audit.models import AuditEvent
from aigc_portal.jobs import doorbell
from generation import engine_status
from generation.engine_status import EngineStatus
from generation.models import GenerationRun, TeamLimit
from generation.served_models import read_reference
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_run, without_triggers


@pytest.fixture(autouse=True)
def _no_doorbell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "_submit", lambda *_: None)


def use(cast: Cast, tokens: int, **fields: Any) -> GenerationRun:
    run = make_run(make_brief(cast.marketer, cast.team), status="QUEUED")
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(token_estimate=tokens, **fields)
    return run


def test_limits_and_use(cast: Cast) -> None:
    use(cast, 1234)
    caller = Api(cast.admin)
    limit = {
        "team": cast.team.pk,
        "name": "Tea",
        "outstanding_tokens": 200_000,
        "daily_tokens": 5_000_000,
        "outstanding": 1234,
        "used_today": 1234,
    }
    assert caller.get("limits/").json()["results"] == [limit]
    assert caller.get(f"limits/{cast.team.pk}/").json() == limit


def test_a_limit_is_changed(cast: Cast) -> None:
    caller = Api(cast.admin)
    answer = caller.send("PATCH", f"limits/{cast.team.pk}/", {"daily_tokens": 10**9})
    assert answer.status_code == 200
    assert (answer.json()["daily_tokens"], answer.json()["outstanding_tokens"]) == (10**9, 200_000)
    event = AuditEvent.objects.get(action="limit.changed")
    assert (event.actor, event.team) == (cast.admin, cast.team)
    assert event.data == {"before": {"daily_tokens": 5_000_000}, "after": {"daily_tokens": 10**9}}
    caller.send("PATCH", f"limits/{cast.team.pk}/", {})
    assert AuditEvent.objects.filter(action="limit.changed").count() == 1


@pytest.mark.parametrize(
    "body", [{"daily_tokens": -1}, {"outstanding_tokens": 2**31}, {"daily_tokens": "x"}, {"team": 2}]
)
def test_what_is_no_limit_is_refused(cast: Cast, body: dict[str, Any]) -> None:
    answer = Api(cast.admin).send("PATCH", f"limits/{cast.team.pk}/", body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(body)
    assert not TeamLimit.objects.exists()


def test_queries_do_not_grow_with_the_teams(cast: Cast) -> None:
    def queries() -> int:
        caller = Api(cast.admin)
        with CaptureQueriesContext(connection) as captured:
            assert caller.get("limits/").status_code == 200
        return len(captured)

    few = queries()
    for number in range(5):
        team = Team.objects.create(name=f"Team {number}")
        Membership.objects.create(user=cast.admin, team=team, role=Role.ADMIN)
    assert queries() == few
    assert Api(cast.admin).get("limits/", name="Tea").status_code == 400


def test_a_run_over_the_limit_is_429_with_an_estimate(cast: Cast) -> None:
    use(cast, 200_000, status="RUNNING")
    queue = read_reference("smollm2-135m-instruct").queue
    engine_status.report(EngineStatus("ready", worker="w1", queue=queue, slots=4, tokens_per_second=50.0))
    brief = make_brief(cast.marketer, cast.team)
    answer = Api(cast.marketer).post(f"briefs/{brief.pk}/runs/", {"variants": 2})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (429, "outstanding_limit")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == str(problem["retry_after_seconds"])
    assert problem["retry_after_seconds"] == -(-problem["tokens_needed"] // 50)
    assert (problem["tokens_limit"], problem["tokens_left"]) == (200_000, 0)
    assert GenerationRun.objects.count() == 1


def test_what_never_fits_names_no_time(cast: Cast) -> None:
    TeamLimit.objects.create(team=cast.team, daily_tokens=5)
    brief = make_brief(cast.marketer, cast.team)
    answer = Api(cast.marketer).post(f"briefs/{brief.pk}/runs/")
    assert (answer.status_code, answer.json()["code"]) == (429, "daily_quota")
    assert answer.json()["retry_after_seconds"] is None
    assert "Retry-After" not in answer


def test_a_refused_run_may_be_asked_for_again_with_the_same_key(cast: Cast) -> None:
    TeamLimit.objects.create(team=cast.team, daily_tokens=5)
    brief, caller = make_brief(cast.marketer, cast.team), Api(cast.marketer)
    assert caller.post(f"briefs/{brief.pk}/runs/", {}, Idempotency_Key="k").status_code == 429
    TeamLimit.objects.all().delete()
    assert caller.post(f"briefs/{brief.pk}/runs/", {}, Idempotency_Key="k").status_code == 201


def test_a_waiting_run_tells_its_place(cast: Cast) -> None:
    first, second = use(cast, 100), use(cast, 100)
    caller = Api(cast.marketer)
    assert caller.get(f"runs/{first.pk}/").json()["queue"] == {"ahead": 0, "estimated_seconds": None}
    queue = read_reference("smollm2-135m-instruct").queue
    engine_status.report(
        EngineStatus("ready", worker="w1", queue=queue, slots=1, slots_in_use=1, tokens_per_second=10.0)
    )
    third = use(cast, 100)
    assert caller.get(f"runs/{third.pk}/").json()["queue"] == {"ahead": 2, "estimated_seconds": 20}
    assert caller.get(f"runs/{second.pk}/").json()["queue"] == {"ahead": 1, "estimated_seconds": 10}
    GenerationRun.objects.filter(pk=first.pk).update(status="RUNNING")
    assert caller.get(f"runs/{first.pk}/").json()["queue"] is None


def test_places_cost_a_list_the_same_however_many_wait(cast: Cast) -> None:
    def queries() -> int:
        caller = Api(cast.marketer)
        with CaptureQueriesContext(connection) as captured:
            rows = caller.get("runs/").json()["results"]
        assert sorted(row["queue"]["ahead"] for row in rows) == list(range(len(rows)))
        return len(captured)

    use(cast, 100)
    few = queries()
    for _ in range(5):
        use(cast, 100)
    assert queries() == few
