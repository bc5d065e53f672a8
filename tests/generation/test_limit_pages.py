from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Membership, Role, Team
from aigc_portal.audit.models import AuditEvent
from aigc_portal.jobs import doorbell
from generation.models import GenerationRun, TeamLimit
from tests.cast import Cast
from tests.factories import make_brief, make_run, without_triggers
from tests.generation.pages import idempotency_keys

LIMITS = {"outstanding_tokens": "50000", "daily_tokens": "900000"}


@pytest.fixture(autouse=True)
def _no_doorbell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "_submit", lambda *_: None)


def page(client: Client) -> str:
    answer = client.get("/limits/")
    assert answer.status_code == 200
    return answer.content.decode()


def use(cast: Cast, team: Team, tokens: int) -> None:
    run = make_run(make_brief(cast.marketer, team), status="QUEUED")
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(token_estimate=tokens)


def test_admins_see_limits_and_use_of_their_teams(cast: Cast) -> None:
    use(cast, cast.team, 12_345)
    text = page(cast.client("admin"))
    assert "12,345 of 200,000 tokens" in text
    assert "12,345 of 5,000,000 tokens" in text
    assert '<progress value="12345" max="200000"' in text
    assert "Used or booked since midnight (UTC)" in text
    assert "Coffee" not in text
    assert 'href="/workers/"' in text
    assert 'href="/limits/" aria-current="page"' in text


def test_an_admin_of_two_teams_sees_both_with_fields_of_their_own(cast: Cast) -> None:
    Membership.objects.create(user=cast.admin, team=cast.other_team, role=Role.ADMIN)
    text = page(cast.client("admin"))
    assert text.index("Coffee") < text.index("Tea")
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    for team in (cast.team, cast.other_team):
        assert f'for="id_{team.pk}_daily_tokens"' in text


def test_saving_changes_the_limits_and_writes_what_changed(cast: Cast) -> None:
    answer = cast.client("admin").post(f"/limits/{cast.team.pk}/", LIMITS | {"daily_tokens": "5000000"}, follow=True)
    assert answer.redirect_chain == [("/limits/", 302)]
    assert "The limits of Tea are saved." in answer.content.decode()
    limit = TeamLimit.objects.get(team=cast.team)
    assert (limit.outstanding_tokens, limit.daily_tokens) == (50_000, 5_000_000)
    event = AuditEvent.objects.about(cast.team).get()
    assert (event.action, event.actor, event.team) == ("limit.changed", cast.admin, cast.team)
    assert event.data == {"before": {"outstanding_tokens": 200_000}, "after": {"outstanding_tokens": 50_000}}


def test_saving_what_stands_already_is_no_event(cast: Cast) -> None:
    client = cast.client("admin")
    for _ in range(2):
        client.post(f"/limits/{cast.team.pk}/", LIMITS)
    assert AuditEvent.objects.filter(action="limit.changed").count() == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("daily_tokens", ""),
        ("daily_tokens", "-1"),
        ("daily_tokens", "a lot"),
        ("daily_tokens", "1.5"),
        ("outstanding_tokens", "2000000001"),
        ("daily_tokens", "9" * 40),
    ],
)
def test_what_is_no_limit_comes_back_as_it_was_typed(cast: Cast, field: str, typed: str) -> None:
    answer = cast.client("admin").post(f"/limits/{cast.team.pk}/", LIMITS | {field: typed})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert f'id="id_{cast.team.pk}_{field}_error"' in text
    assert not typed or f'value="{typed}"' in text
    assert not TeamLimit.objects.exists()


def test_zero_stops_a_team_and_shows_a_full_bar(cast: Cast) -> None:
    client = cast.client("admin")
    client.post(f"/limits/{cast.team.pk}/", {"outstanding_tokens": "0", "daily_tokens": "0"})
    assert '<progress value="1" max="1"' in page(client)
    brief = make_brief(cast.marketer, cast.team)
    cast.client("marketer").post(f"/briefs/{brief.pk}/generate/", {"variants": "1"})
    assert not GenerationRun.objects.exists()


@pytest.mark.parametrize("name", ["marketer", "reviewer", "auditor", "engineer"])
def test_only_admins(cast: Cast, name: str) -> None:
    client = cast.client(name)
    assert client.get("/limits/").status_code == 403
    assert client.post(f"/limits/{cast.team.pk}/", LIMITS).status_code == 403
    assert not TeamLimit.objects.exists()


def test_other_teams_do_not_exist(cast: Cast) -> None:
    assert cast.client("outsider").post(f"/limits/{cast.team.pk}/", LIMITS).status_code == 404
    assert "Tea" not in re.sub(r"Team\w*", "", page(cast.client("outsider")))


def test_methods(cast: Cast) -> None:
    client = cast.client("admin")
    assert client.post("/limits/").status_code == 405
    assert client.get(f"/limits/{cast.team.pk}/").status_code == 405


def test_an_admin_who_audits_too_gets_the_history(cast: Cast) -> None:
    client = cast.client("admin")
    client.post(f"/limits/{cast.team.pk}/", LIMITS)
    assert "limit.changed" not in page(client)
    Membership.objects.create(user=cast.admin, team=cast.team, role=Role.AUDITOR)
    found = re.search(r'href="(/audit/\?[^"]+)"', page(client))
    assert found
    history = client.get(found[1].replace("&amp;", "&")).content.decode()
    assert "changed the token limits of" in history


def test_a_double_click_saves_once(cast: Cast) -> None:
    client = cast.client("admin")
    (key,) = idempotency_keys(page(client))
    for _ in range(3):
        assert client.post(f"/limits/{cast.team.pk}/", LIMITS | {"idempotency_key": key}).status_code == 302
    assert AuditEvent.objects.filter(action="limit.changed").count() == 1


def test_queries_do_not_grow_with_the_teams(cast: Cast) -> None:
    client = cast.client("admin")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client)
        return len(captured)

    page(client)
    few = queries()
    for number in range(5):
        team = Team.objects.create(name=f"Team {number}")
        Membership.objects.create(user=cast.admin, team=team, role=Role.ADMIN)
        use(cast, cast.team, 10)
    assert queries() == few


def test_the_admin_section_is_marked_and_leads_here(cast: Cast) -> None:
    client = cast.client("admin")
    text = client.get("/teams/").content.decode()
    assert 'href="/limits/"' in text
    assert '<a href="/teams/" aria-current="page">' in page(client)


def test_who_administers_nothing_is_not_led_here(cast: Cast) -> None:
    assert "subnav" not in cast.client("marketer").get("/teams/").content.decode()
    assert "subnav" not in cast.client("engineer").get("/teams/").content.decode()
    for address in ("/datasets/", "/workers/"):
        text = cast.client("engineer").get(address).content.decode()
        assert 'href="/workers/"' in text
        assert 'href="/limits/"' not in text


def test_a_run_over_the_limit_is_a_page_that_says_when(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    run = make_run(brief, status="FAILED")
    TeamLimit.objects.create(team=cast.team, daily_tokens=5000)
    use(cast, cast.team, 4999)
    answer = cast.client("marketer").post(f"/runs/{run.pk}/repeat/")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 86_400
    text = answer.content.decode()
    assert "after midnight" in text
    assert "Nothing was changed." in text
    assert "failed sign-ins" not in text


def test_the_briefs_page_keeps_the_form_and_says_why(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    use(cast, cast.team, 200_000)
    answer = cast.client("marketer").post(f"/briefs/{brief.pk}/generate/", {"variants": "4"})
    assert answer.status_code == 429
    assert "that your team may have in work at once" in answer.content.decode()
    assert GenerationRun.objects.count() == 1
