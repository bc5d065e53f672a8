"""Who gets a mail about notices, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aigc_portal.accounts.models import Membership, User
from aigc_portal.notices.actions import choose_mail, mark_all_read
from aigc_portal.notices.mailing import mail_notices
from aigc_portal.notices.models import Notice
from aigc_portal.notices.owed import last_stroke
from tests.aigc_portal.notices.telling import age, fill, mail_at_once, receivers, tell
from tests.cast import Cast

DAY = timedelta(days=1)


def test_at_once_one_mail_with_everything_that_is_new(cast: Cast) -> None:
    mail_at_once(cast.marketer)
    tell(cast, cast.marketer)
    tell(cast, cast.marketer, kind="review.commented", url="/reviews/8/")
    assert mail_notices() == 1
    (letter,) = mail.outbox
    assert letter.to == ["marketer@example.test"]
    assert letter.subject == "2 new notices"
    assert letter.body.index("Reviewer commented on “Spring tea”.") < letter.body.index("Reviewer approved")
    assert "http://localhost:8000/reviews/8/\n" in letter.body
    assert mail_notices() == 0, "everything was mailed"
    tell(cast, cast.marketer, kind="review.rejected")
    assert mail_notices() == 1
    assert mail.outbox[1].subject == "Reviewer rejected “Spring tea”."


def test_without_a_choice_once_a_day_at_8(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(cast, cast.marketer)
    stroke = last_stroke(8, Notice.objects.get().due_at)
    for moment, mails in [(stroke + DAY - timedelta(seconds=1), 0), (stroke + DAY, 1), (stroke + DAY, 0)]:
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        assert mail_notices() == mails, moment


@pytest.mark.parametrize("hour", [0, 8, 12, 23])
def test_a_digest_that_is_late_comes_all_the_same_and_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, hour: int
) -> None:
    start = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: start)
    choose_mail(actor=cast.marketer, mail="digest", digest_hour=hour)
    tell(cast, cast.marketer)
    age(DAY)
    assert mail_notices() == 1
    tell(cast, cast.marketer)
    assert mail_notices() == 0, "it waits for tomorrow's"


@override_settings(TIME_ZONE="Asia/Shanghai")
def test_the_hour_is_of_the_portals_time_zone() -> None:
    noon = datetime(2026, 11, 24, 4, tzinfo=UTC)  # 12:00 in Shanghai
    assert last_stroke(12, noon) == noon
    assert last_stroke(13, noon) == noon - timedelta(hours=23)
    assert last_stroke(8, noon) == noon - timedelta(hours=4)


@override_settings(TIME_ZONE="Europe/Berlin")
@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_days_with_23_and_25_hours_have_one_stroke_of_each_hour(day: datetime, hour: int) -> None:
    halves = [day - timedelta(hours=2) + timedelta(minutes=30 * half) for half in range(60)]
    strokes = [last_stroke(hour, moment) for moment in halves]
    assert strokes == sorted(strokes)
    assert all(stroke <= moment for stroke, moment in zip(strokes, halves, strict=True))


def test_none_gets_none(cast: Cast) -> None:
    choose_mail(actor=cast.marketer, mail="none")
    tell(cast, cast.marketer)
    age(2 * DAY)
    assert mail_notices() == 0


def test_what_is_urgent_goes_to_everybody_at_once(cast: Cast) -> None:
    """Alone to those who want no other mail now."""
    choose_mail(actor=cast.marketer, mail="none")
    mail_at_once(cast.second_marketer)
    people = cast.marketer, cast.second_marketer, cast.auditor
    tell(cast, *people, kind="review.glass_broken", urgent=True)
    tell(cast, *people)
    assert mail_notices() == 3
    assert receivers() == sorted(person.email for person in people)
    subjects = {letter.to[0]: letter.subject for letter in mail.outbox}
    assert subjects[cast.second_marketer.email] == "2 new notices"
    assert "alone" in subjects[cast.marketer.email]
    assert "alone" in subjects[cast.auditor.email]


@pytest.mark.parametrize("urgent", [True, False])
def test_not_before_it_is_visible(cast: Cast, urgent: bool) -> None:
    mail_at_once(cast.marketer)
    tell(cast, cast.marketer, delay=timedelta(seconds=10), urgent=urgent)
    assert mail_notices() == 0
    age(timedelta())
    assert mail_notices() == 1


def test_what_was_read_is_not_mailed(cast: Cast) -> None:
    mail_at_once(cast.marketer)
    tell(cast, cast.marketer)
    mark_all_read(actor=cast.marketer)
    assert mail_notices() == 0


def test_what_is_old_is_not_mailed(cast: Cast) -> None:
    """So nobody who wants mails again gets the history."""
    mail_at_once(cast.marketer)
    tell(cast, cast.marketer)
    age(8 * DAY)
    assert mail_notices() == 0


def test_who_left_the_team_gets_none(cast: Cast) -> None:
    tell(cast, cast.marketer, urgent=True)
    Membership.objects.filter(user=cast.marketer).delete()
    assert mail_notices() == 0


def test_an_account_that_is_switched_off_gets_none(cast: Cast) -> None:
    tell(cast, cast.marketer, urgent=True)
    User.objects.filter(pk=cast.marketer.pk).update(is_active=False)
    assert mail_notices() == 0


def test_a_constant_count_of_queries_a_person(cast: Cast) -> None:
    def queries(*people: User) -> int:
        for person in people:
            fill(cast, person, 12)
        with CaptureQueriesContext(connection) as captured:
            assert mail_notices() == len(people)
        return len(captured)

    mail_at_once(cast.marketer, cast.second_marketer, cast.auditor)
    none = queries()
    one = queries(cast.marketer)
    Notice.objects.all().delete()
    assert queries(cast.marketer, cast.second_marketer, cast.auditor) - none == 3 * (one - none)
