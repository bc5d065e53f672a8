from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from aigc_portal.accounts.models import Membership, Role, Team, User
from aigc_portal.audit.events import record
from aigc_portal.audit.models import AuditEvent
from aigc_portal.days import LAST
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review

LIST = "/audit/"


def event_about(user: User, action: str = "role.granted", team: Team | None = None, **values: Any) -> AuditEvent:
    with transaction.atomic():
        return record(action, user, team_id=team.pk if team else None, **{"actor": None, **values})


def shown(client: Client, query: str = "") -> list[str]:
    """Action codes of the listed events, top to bottom."""
    rows = client.get(LIST + query).context["rows"]
    return [row.event.action for row in rows]


@pytest.mark.parametrize("role", ["marketer", "reviewer", "engineer", "admin"])
def test_only_for_auditors(cast: Cast, role: str) -> None:
    event = event_about(cast.marketer, team=cast.team)
    assert cast.client(role).get(LIST).status_code == 403
    assert cast.client(role).get(f"/audit/{event.pk}/").status_code == 403


def test_is_only_read(cast: Cast) -> None:
    assert cast.client("auditor").post(LIST).status_code == 405


def test_empty(cast: Cast) -> None:
    assert "No events yet" in cast.client("auditor").get(LIST).content.decode()


def test_leads_to_the_quality_of_review(cast: Cast) -> None:
    client = cast.client("auditor")
    assert 'href="/reviews/quality/"' in client.get(LIST).content.decode()
    settings = client.get(f"/reviews/settings/{cast.team.pk}/policy/").content.decode()
    assert 'href="/reviews/quality/"' in settings
    assert 'href="/reviews/settings/"' in settings


def test_other_teams_are_invisible(cast: Cast) -> None:
    event = event_about(cast.marketer, team=cast.team)
    client = cast.client("outsider")
    assert shown(client) == []
    assert client.get(f"/audit/{event.pk}/").status_code == 404
    assert shown(client, f"?type=accounts.user&id={cast.marketer.pk}") == []
    assert shown(client, f"?team={cast.team.pk}") == []


def test_an_auditor_of_one_team_reads_that_team_only(cast: Cast) -> None:
    Membership.objects.create(user=cast.auditor, team=cast.other_team, role=Role.MARKETER)
    event_about(cast.outsider, team=cast.other_team)
    assert shown(cast.client("auditor")) == []


def test_what_no_team_owns_is_everybodys_and_strangers_are_nobodys(cast: Cast) -> None:
    with transaction.atomic():
        record("model.registered", cast.team, actor=None, team_id=None)
    AuditEvent.objects.create(action="model.in_use", target_type="generation.modelversion", target_id="1")
    event_about(cast.outsider, "user.sign_in_refused")
    assert shown(cast.client("auditor")) == ["model.in_use", "model.registered"]


def test_an_event_tells_everything(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team, title="Spring <b>tea</b>")
    event = AuditEvent.objects.about(brief).get()
    for path in (LIST, f"/audit/{event.pk}/"):
        text = cast.client("auditor").get(path).content.decode()
        assert f'href="/people/{cast.marketer.pk}/">Marketer</a>' in text
        assert "wrote the brief" in text
        assert f'href="/briefs/{brief.pk}/">Spring &lt;b&gt;tea&lt;/b&gt;</a>' in text
        assert "brief.created" in text
        assert "values.topic" in text
        assert f"?type=generation.brief&amp;id={brief.pk}" in text


def test_origin_is_shown(cast: Cast) -> None:
    client = cast.client("auditor")
    client.post("/language/", {"language": "en"}, headers={"X-Request-ID": "request-7000", "User-Agent": "Browser/9"})
    text = client.get(LIST).content.decode()
    for shown_part in ("request-7000", "Browser/9", "127.0.0.1"):
        assert shown_part in text


def test_before_and_after(cast: Cast) -> None:
    event_about(
        cast.marketer, "brief.edited", cast.team, before={"a": 1, "b": {"c": "x"}}, after={"a": 1, "b": {"c": "y"}}
    )
    [row] = cast.client("auditor").get(LIST).context["rows"]
    assert [(change.field, change.before, change.after) for change in row.changes] == [("b.c", "x", "y")]


class TestFilters:
    def test_by_actor(self, cast: Cast) -> None:
        event_about(cast.marketer, "token.issued", cast.team, actor=cast.marketer)
        event_about(cast.marketer, "user.sign_in_refused", cast.team)
        client = cast.client("auditor")
        assert shown(client, f"?actor={cast.marketer.pk}") == ["token.issued"]
        assert shown(client, "?actor=portal") == ["user.sign_in_refused"]

    def test_by_an_actor_who_left(self, cast: Cast) -> None:
        event_about(cast.marketer, "token.issued", cast.team, actor=cast.second_marketer)
        event_about(cast.marketer, "token.revoked", cast.team, actor=cast.marketer)
        Membership.objects.filter(user=cast.second_marketer).delete()
        client = cast.client("auditor")
        assert shown(client, f"?actor={cast.second_marketer.pk}") == ["token.issued"]
        assert "Second Marketer</option>" in client.get(LIST).content.decode()
        assert "Outsider</option>" not in client.get(LIST).content.decode()

    def test_by_action(self, cast: Cast) -> None:
        event_about(cast.marketer, "token.issued", cast.team)
        event_about(cast.marketer, "token.revoked", cast.team)
        assert shown(cast.client("auditor"), "?action=token.revoked") == ["token.revoked"]

    def test_by_object(self, cast: Cast) -> None:
        draft = make_draft(make_brief(cast.marketer, cast.team))
        make_review(draft, claimed_by=cast.reviewer)
        review = draft.reviews.get()
        client = cast.client("auditor")
        page = client.get(f"{LIST}?type=review.review&id={review.pk}")
        assert [row.event.action for row in page.context["rows"]] == ["review.in_review", "review.submitted"]
        assert "The life of Spring tea" in page.content.decode()
        assert f'href="/reviews/{review.pk}/"' in page.content.decode()
        assert shown(client, "?type=generation.brief") == ["brief.created"]

    def test_by_day(self, cast: Cast) -> None:
        event_about(cast.marketer, "token.issued", cast.team)
        client = cast.client("auditor")
        today, day = localdate(), timedelta(days=1)
        assert len(shown(client, f"?since={today - day}&until={today + day}")) == 1
        assert shown(client, f"?until={today - 2 * day}") == []
        assert shown(client, f"?since={today + 2 * day}") == []

    def test_by_team(self, cast: Cast) -> None:
        Membership.objects.create(user=cast.auditor, team=cast.other_team, role=Role.AUDITOR)
        event_about(cast.marketer, "token.issued", cast.team)
        event_about(cast.outsider, "token.revoked", cast.other_team)
        client = cast.client("auditor")
        assert len(shown(client)) == 2
        assert shown(client, f"?team={cast.other_team.pk}") == ["token.revoked"]

    @pytest.mark.parametrize(
        "query",
        [
            "?actor=999999",
            "?action=x",
            "?type=auth.user",
            "?id=-1",
            "?id=" + "9" * 30,
            "?since=yesterday",
            "?since=0001-01-01",
            "?until=9999-12-31",
        ],
    )
    def test_what_is_not_on_offer_fits_nothing(self, cast: Cast, query: str) -> None:
        event_about(cast.marketer, "token.issued", cast.team)
        page = cast.client("auditor").get(LIST + query)
        assert page.context["rows"] == []
        assert "No event fits" in page.content.decode()
        assert 'class="errorlist"' in page.content.decode()

    @pytest.mark.parametrize("query", ["?before=x", "?before=" + "9" * 30, "?q=%00", "?since=0001-01-02"])
    def test_what_is_no_filter_filters_nothing(self, cast: Cast, query: str) -> None:
        event_about(cast.marketer, "token.issued", cast.team)
        assert shown(cast.client("auditor"), query) == ["token.issued"]

    def test_the_last_day_that_can_be_asked_for(self, cast: Cast) -> None:
        event_about(cast.marketer, "token.issued", cast.team)
        with override_settings(TIME_ZONE="Pacific/Niue"):
            assert shown(cast.client("auditor"), f"?until={LAST}") == ["token.issued"]

    def test_nothing_fits(self, cast: Cast) -> None:
        event_about(cast.marketer, "token.issued", cast.team)
        assert "No event fits" in cast.client("auditor").get(f"{LIST}?action=team.created").content.decode()


def test_pages(cast: Cast) -> None:
    for number in range(120):
        event_about(cast.marketer, "token.issued" if number % 2 else "token.revoked", cast.team)
    client = cast.client("auditor")
    seen: list[int] = []
    query = "?action=token.issued"
    while query:
        context = client.get(LIST + query).context
        seen += [row.event.pk for row in context["rows"]]
        query = context["page"].older_url
    assert len(seen) == 60
    assert seen == sorted(seen, reverse=True)


def test_queries_do_not_grow_with_the_events(cast: Cast) -> None:
    client = cast.client("auditor")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    event_about(cast.marketer, "token.issued", cast.team, actor=cast.marketer)
    queries()
    few = queries()
    for _number in range(12):
        event_about(cast.marketer, "token.issued", cast.team, actor=cast.marketer)
        make_brief(cast.marketer, cast.team)
    assert queries() == few
