"""How one's own notices are mailed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from aigc_portal.accounts.models import Membership, Role
from aigc_portal.audit.models import AuditEvent
from aigc_portal.notices.actions import choose_mail
from aigc_portal.notices.models import NoticeSettings
from tests.cast import Cast


def events(cast: Cast) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="user.notices_chosen").order_by("pk"))


def test_without_a_choice_once_a_day_at_8(cast: Cast) -> None:
    page = cast.client("marketer").get("/notices/settings/").content.decode()
    assert 'value="digest" ' in page
    assert '<option value="8" selected>08:00</option>' in page
    assert "marketer@example.test" in page
    assert not NoticeSettings.objects.exists()


def test_a_choice_is_kept_with_its_event(cast: Cast) -> None:
    answer = cast.client("marketer").post("/notices/settings/", {"mail": "digest", "digest_hour": "17"})
    assert (answer.status_code, answer["Location"]) == (302, "/notices/settings/")
    chosen = NoticeSettings.objects.get()
    assert (chosen.user, chosen.mail, chosen.digest_hour) == (cast.marketer, "digest", 17)
    (event,) = events(cast)
    assert (event.actor, event.team, event.target_id) == (cast.marketer, cast.team, str(cast.marketer.pk))
    assert event.data == {
        "before": {"mail": "digest", "digest_hour": 8},
        "after": {"mail": "digest", "digest_hour": 17},
    }


def test_the_auditors_of_each_team_see_it(cast: Cast) -> None:
    Membership.objects.create(user=cast.marketer, team=cast.other_team, role=Role.MARKETER)
    choose_mail(actor=cast.marketer, mail="none")
    assert {event.team for event in events(cast)} == {cast.team, cast.other_team}


def test_the_same_again_is_no_event(cast: Cast) -> None:
    choose_mail(actor=cast.marketer, mail="digest", digest_hour=8)
    choose_mail(actor=cast.marketer, mail="at_once")
    choose_mail(actor=cast.marketer, mail="at_once")
    assert len(events(cast)) == 1


def test_the_hour_stays_where_none_is_given(cast: Cast) -> None:
    choose_mail(actor=cast.marketer, mail="digest", digest_hour=17)
    choose_mail(actor=cast.marketer, mail="none")
    assert choose_mail(actor=cast.marketer, mail="digest").digest_hour == 17


@pytest.mark.parametrize("change", [{"mail": "pigeon"}, {"mail": ""}, {"digest_hour": "24"}, {"digest_hour": "x"}])
def test_what_is_not_on_offer_is_refused(cast: Cast, change: dict[str, str]) -> None:
    answer = cast.client("marketer").post("/notices/settings/", {"mail": "at_once", "digest_hour": "9"} | change)
    assert answer.status_code == 422
    assert "Nothing was saved yet" in answer.content.decode()
    assert not NoticeSettings.objects.exists()
    assert events(cast) == []


@pytest.mark.parametrize("wrong", [{"mail": "pigeon"}, {"digest_hour": 24}])
def test_postgresql_refuses_it_too(cast: Cast, wrong: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        NoticeSettings.objects.create(**{"user": cast.marketer, "mail": "none", "digest_hour": 8} | wrong)


def test_nobody_chooses_for_others(cast: Cast) -> None:
    """There is no address for it; the form's person is who is signed in."""
    cast.client("admin").post("/notices/settings/", {"mail": "none", "digest_hour": "8", "user": cast.marketer.pk})
    assert NoticeSettings.objects.get().user == cast.admin
