from __future__ import annotations

from aigc_portal.accounts.actions import remove_member
from aigc_portal.accounts.models import Membership, Role
from aigc_portal.audit.models import AuditEvent
from tests.cast import Cast


def test_shows_roles_in_shared_teams_only(cast: Cast) -> None:
    Membership.objects.create(user=cast.outsider, team=cast.team, role=Role.REVIEWER)
    text = cast.client("marketer").get(f"/people/{cast.outsider.pk}/").content.decode()
    assert "Outsider" in text
    assert "Tea" in text
    assert "Coffee" not in text


def test_strangers_do_not_exist(cast: Cast) -> None:
    client = cast.client("outsider")
    assert client.get(f"/people/{cast.marketer.pk}/").status_code == 404
    assert client.get("/people/999999/").status_code == 404


def test_everybody_sees_themselves(cast: Cast) -> None:
    Membership.objects.filter(user=cast.marketer).delete()
    assert cast.client("marketer").get(f"/people/{cast.marketer.pk}/").status_code == 200


def test_an_auditor_finds_those_who_left(cast: Cast) -> None:
    AuditEvent.objects.create(
        actor=cast.marketer, team=cast.team, action="brief.created", target_type="generation.brief", target_id="1"
    )
    Membership.objects.filter(user=cast.marketer).delete()
    assert cast.client("auditor").get(f"/people/{cast.marketer.pk}/").status_code == 200
    assert cast.client("reviewer").get(f"/people/{cast.marketer.pk}/").status_code == 404


def test_an_auditor_finds_those_who_left_without_an_act(cast: Cast) -> None:
    """The events about them link here."""
    membership = Membership.objects.get(user=cast.marketer)
    remove_member(actor=cast.admin, membership=membership)
    assert cast.client("auditor").get(f"/people/{cast.marketer.pk}/").status_code == 200
    assert cast.client("reviewer").get(f"/people/{cast.marketer.pk}/").status_code == 404
    assert cast.client("outsider").get(f"/people/{cast.marketer.pk}/").status_code == 404


def test_is_only_read(cast: Cast) -> None:
    assert cast.client("marketer").post(f"/people/{cast.reviewer.pk}/").status_code == 405
