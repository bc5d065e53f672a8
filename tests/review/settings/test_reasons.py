"""Reasons to refuse a text: acts, events, page, API."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.audit.models import AuditEvent
from aigc_portal.problems import Refused
from review.actions.decisions import reject
from review.actions.reasons import add_reason, bring_back_reason, move_reason, retire_reason
from review.actions.verdicts import Verdict
from review.models import ReasonCode, Review
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_reason


def add(cast: Cast, code: str = "too-loud") -> ReasonCode:
    return add_reason(actor=cast.lead, team=cast.team, code=code, label_en="Too loud", label_zh="太张扬")


def offered(cast: Cast) -> list[str]:
    return list(ReasonCode.objects.on_offer().filter(team=cast.team).values_list("code", flat=True))


def events() -> list[str]:
    found = AuditEvent.objects.filter(action__startswith="reason.").order_by("id")
    return list(found.values_list("action", flat=True))


def test_a_new_one_stands_at_the_end(cast: Cast, reason: ReasonCode) -> None:
    added = add(cast)
    assert offered(cast) == ["inaccurate", "too-loud"]
    event = AuditEvent.objects.about(added)[0]
    assert (event.action, event.data["after"]["label_zh"]) == ("reason.added", "太张扬")
    with pytest.raises(Refused, match="reason_exists"):
        add(cast)


def test_moving(cast: Cast) -> None:
    one, two, three = (add(cast, code) for code in ("one", "two", "three"))
    move_reason(actor=cast.lead, reason=three, up=True)
    assert offered(cast) == ["one", "three", "two"]
    move_reason(actor=cast.lead, reason=one, up=True)
    move_reason(actor=cast.lead, reason=two, up=False)
    assert offered(cast) == ["one", "three", "two"]
    move_reason(actor=cast.admin, reason=one, up=False)
    assert offered(cast) == ["three", "one", "two"]
    assert events().count("reason.moved") == 2


def test_reasons_at_the_same_place_can_be_moved(cast: Cast) -> None:
    for code in ("a", "b", "c"):
        make_reason(cast.team, code)
    move_reason(actor=cast.lead, reason=ReasonCode.objects.get(code="c"), up=True)
    assert offered(cast) == ["a", "c", "b"]


def test_retired_and_brought_back(cast: Cast, held: Review, reason: ReasonCode) -> None:
    other = add(cast)
    retire_reason(actor=cast.lead, reason=reason)
    retire_reason(actor=cast.lead, reason=reason)
    assert offered(cast) == ["too-loud"]
    with pytest.raises(Refused, match="unknown_reason"):
        reject(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    with pytest.raises(Refused, match="last_reason"):
        retire_reason(actor=cast.lead, reason=other)
    bring_back_reason(actor=cast.lead, reason=reason)
    bring_back_reason(actor=cast.lead, reason=reason)
    assert sorted(offered(cast)) == ["inaccurate", "too-loud"]
    assert events() == ["reason.added", "reason.retired", "reason.brought_back"]


@pytest.mark.parametrize("person", ["marketer", "reviewer", "auditor", "engineer", "outsider"])
def test_only_leads_and_admins(cast: Cast, reason: ReasonCode, person: str) -> None:
    actor = getattr(cast, person)
    with pytest.raises(PermissionDenied):
        add_reason(actor=actor, team=cast.team, code="x", label_en="X", label_zh="X")
    for act in (retire_reason, bring_back_reason):
        with pytest.raises(PermissionDenied):
            act(actor=actor, reason=reason)
    with pytest.raises(PermissionDenied):
        move_reason(actor=actor, reason=reason, up=True)
    assert events() == []


def page(cast: Cast) -> str:
    return f"/reviews/settings/{cast.team.pk}/reasons/"


def test_from_the_page(cast: Cast) -> None:
    client = cast.client("lead")
    assert "No reasons yet" in client.get(page(cast)).content.decode()
    for code in ("one", "two"):
        assert client.post(page(cast), {"code": code, "label_en": code, "label_zh": "中文"}).status_code == 302
    one = ReasonCode.objects.get(code="one")
    assert client.get(f"/reviews/settings/reasons/{one.pk}/").status_code == 200
    for act in ("down", "up", "retire", "bring-back"):
        assert client.post(f"/reviews/settings/reasons/{one.pk}/{act}/").status_code == 302
    assert events() == ["reason.added"] * 2 + ["reason.moved"] * 2 + ["reason.retired", "reason.brought_back"]


@pytest.mark.parametrize("act", ["up", "down", "retire", "bring-back"])
@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("reviewer", 403), ("outsider", 404)])
def test_wrong_role_and_wrong_team(cast: Cast, reason: ReasonCode, act: str, who: str, status: int) -> None:
    client = cast.client(who)
    assert client.post(f"/reviews/settings/reasons/{reason.pk}/{act}/").status_code == status
    assert client.get(f"/reviews/settings/reasons/{reason.pk}/{act}/").status_code == 405
    assert client.get(f"/reviews/settings/reasons/{reason.pk}/").status_code == (200 if who == "auditor" else status)


@pytest.mark.parametrize("code", ["", "Two Words", "UPPER", "a--b", "-a", "x" * 41, "inaccurate", "声明"])
def test_a_code_that_does_not_fit_comes_back(cast: Cast, reason: ReasonCode, code: str) -> None:
    response = cast.client("lead").post(page(cast), {"code": code, "label_en": "Kept words", "label_zh": "保留"})
    assert response.status_code == 422
    assert "Kept words" in response.content.decode()
    assert ReasonCode.objects.count() == 1


def test_the_last_one_stays_and_the_page_says_why(cast: Cast, reason: ReasonCode) -> None:
    response = cast.client("lead").post(f"/reviews/settings/reasons/{reason.pk}/retire/", follow=True)
    assert "so the last one stays" in response.content.decode()


def test_how_often_each_was_used(cast: Cast, held: Review, reason: ReasonCode) -> None:
    reject(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    assert 'data-label="Used">1</td>' in cast.client("lead").get(page(cast)).content.decode()


def test_reasons_cost_no_queries(cast: Cast, reason: ReasonCode) -> None:
    client = cast.client("lead")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page(cast)).status_code == 200
        return len(captured)

    few = queries()
    for number in range(4):
        make_reason(cast.team, f"reason-{number}")
    assert queries() == few


def test_the_api_lists_those_on_offer_and_the_retired_ones_if_asked(cast: Cast, reason: ReasonCode) -> None:
    add(cast)
    retire_reason(actor=cast.lead, reason=reason)
    caller = Api(cast.reviewer)
    [on_offer] = caller.get("reason-codes/").json()["results"]
    assert (on_offer["code"], on_offer["retired"]) == ("too-loud", False)
    everything = caller.get("reason-codes/", retired="true").json()["results"]
    assert {row["code"]: row["retired"] for row in everything} == {"inaccurate": True, "too-loud": False}
    assert caller.get("reason-codes/", retired="perhaps").status_code == 400
