"""What happens while a mail about notices is on its way: nothing waits, is lost or goes twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.utils import timezone

from aigc_portal.accounts.models import User
from aigc_portal.notices.actions import mark_all_read
from aigc_portal.notices.mailing import LEASE, mail_notices
from aigc_portal.notices.models import Notice
from aigc_portal.notices.owed import STALE
from tests.aigc_portal.notices.telling import end_claims, mail_at_once, tell
from tests.at_once import at_once
from tests.cast import Cast

deliver = EmailBackend.send_messages
OPEN_TRANSACTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND xact_start IS NOT NULL
"""


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def owed(cast: Cast) -> Cast:
    """The marketer is owed a mail."""
    mail_at_once(cast.marketer)
    tell(cast, cast.marketer)
    return cast


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], list[Any]]:
    """Have an act done by somebody else while the mail server talks; its results appear in the list."""

    def during(act: Callable[[], Any]) -> list[Any]:
        results: list[Any] = []

        def slow(self: EmailBackend, messages: Any) -> int:
            results.extend(at_once(act))
            return deliver(self, messages)

        monkeypatch.setattr(EmailBackend, "send_messages", slow)
        return results

    return during


def killed(monkeypatch: pytest.MonkeyPatch, *, delivered: bool) -> None:
    """A pass whose process dies while it mails, before or after the server took the mail."""

    def die(self: EmailBackend, messages: Any) -> int:
        if delivered:
            deliver(self, messages)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", die)
        with pytest.raises(Killed):
            mail_notices()


@pytest.mark.django_db(transaction=True)
def test_what_is_told_meanwhile_is_mailed_with_the_next_pass(owed: Cast, meanwhile: Any) -> None:
    """Of the same kind, about the same thing."""
    done = meanwhile(lambda: tell(owed, owed.marketer, actor=owed.second_reviewer))
    assert mail_notices() == 1
    assert done == [None]
    assert [letter.subject for letter in mail.outbox] == ["Reviewer approved “Spring tea”."]
    assert mail_notices() == 1
    assert mail.outbox[1].subject == "Second Reviewer approved “Spring tea”."


@pytest.mark.django_db(transaction=True)
def test_what_commits_after_the_mail_is_mailed_with_the_next_pass(owed: Cast) -> None:
    """Its act began before the mail was put together."""
    with transaction.atomic():
        tell(owed, owed.marketer, actor=owed.second_reviewer)
        assert at_once(mail_notices) == [1]
    assert mail_notices() == 1
    assert [letter.subject for letter in mail.outbox] == [
        "Reviewer approved “Spring tea”.",
        "Second Reviewer approved “Spring tea”.",
    ]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_and_no_transaction_is_open_meanwhile(owed: Cast, meanwhile: Any) -> None:
    def changes() -> int:
        with transaction.atomic():
            locked = Notice.objects.select_for_update(nowait=True).filter(user=owed.marketer).count()
            User.objects.select_for_update(nowait=True).get(pk=owed.marketer.pk)
            with connection.cursor() as cursor:
                cursor.execute(OPEN_TRANSACTIONS)
                assert cursor.fetchone() == (1,), "this one"
        mark_all_read(actor=owed.marketer)
        return locked

    done = meanwhile(changes)
    assert mail_notices() == 1
    assert done == [1]
    notice = Notice.objects.get()
    assert notice.read_at is not None
    assert notice.mailed_at is not None


@pytest.mark.django_db(transaction=True)
def test_another_pass_meanwhile_mails_nothing(owed: Cast, meanwhile: Any) -> None:
    done = meanwhile(mail_notices)
    assert mail_notices() == 1
    assert done == [0]
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_passes_at_the_same_moment_mail_everybody_once(cast: Cast) -> None:
    people = cast.marketer, cast.second_marketer, cast.auditor
    mail_at_once(*people)
    for kind in ("review.approved", "review.commented"):
        tell(cast, *people, kind=kind)
    at_once(*[mail_notices] * 4)
    mail_notices()  # whoever was skipped because two passes came to them at the same moment
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(person.email for person in people)
    assert {letter.subject for letter in mail.outbox} == {"2 new notices"}


def test_a_crash_before_the_mail_loses_nothing(owed: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(monkeypatch, delivered=False)
    assert mail_notices() == 0, "nobody knows yet that it died"
    end_claims()
    assert mail_notices() == 1
    assert len(mail.outbox) == 1


def test_a_crash_after_the_mail_repeats_it_under_the_same_id(owed: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(monkeypatch, delivered=True)
    assert mail_notices() == 0
    end_claims()
    assert mail_notices() == 1
    first, second = (letter.message() for letter in mail.outbox)
    assert first["Message-ID"] == second["Message-ID"]
    end_claims()
    assert mail_notices() == 0


def test_what_is_told_after_a_crash_does_not_wait_for_the_claim(owed: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(monkeypatch, delivered=True)
    tell(owed, owed.marketer, actor=owed.second_reviewer)
    assert mail_notices() == 1
    assert mail.outbox[1].subject == "Second Reviewer approved “Spring tea”."


def test_crash_after_crash_repeats_a_mail_at_most_a_dozen_times(owed: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each claim is twice as long as the one before, until the notice is too old for a mail."""
    claims: list[timedelta] = []
    while sum(claims, timedelta()) < STALE:
        killed(monkeypatch, delivered=True)
        claims.append(Notice.objects.get().next_mail_at - timezone.now())  # type: ignore[operator]
        end_claims()
    rounded = [round(claim / LEASE) for claim in claims]
    assert rounded == [2**attempt for attempt in range(len(claims))]
    assert len(claims) <= 13


def test_what_was_read_before_the_mail_is_tried_again_is_not_mailed(
    owed: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(monkeypatch, delivered=False)
    mark_all_read(actor=owed.marketer)
    end_claims()
    assert mail_notices() == 0
