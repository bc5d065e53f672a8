"""What a mail server that fails costs: nobody else's mail, and nobody a mail for good."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend

from aigc_portal.accounts.models import User
from aigc_portal.notices import mailing
from aigc_portal.notices.mailing import mail_notices
from aigc_portal.notices.models import Notice
from tests.aigc_portal.notices.telling import end_claims, mail_at_once, receivers, tell
from tests.cast import Cast

deliver = EmailBackend.send_messages


@pytest.fixture
def three(cast: Cast) -> Cast:
    """Three people who are owed a mail."""
    people = cast.marketer, cast.second_marketer, cast.auditor
    mail_at_once(*people)
    tell(cast, *people)
    return cast


def test_one_address_that_fails_stops_nobody(
    three: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse_one(self: EmailBackend, messages: Any) -> int:
        if messages[0].to == [three.marketer.email]:
            raise OSError("no such mailbox")
        return deliver(self, messages)

    def broken(_self: EmailBackend) -> None:
        raise OSError("broken pipe")

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "close", broken)
        patched.setattr(EmailBackend, "send_messages", refuse_one)
        assert mail_notices() == 2
    assert receivers() == [three.auditor.email, three.second_marketer.email]
    assert caplog.messages == [f"no mail about notices to user {three.marketer.pk}: no such mailbox"]
    assert caplog.records[0].levelno == logging.WARNING
    assert mail_notices() == 0
    end_claims()
    assert mail_notices() == 1, "a later pass tries again"
    assert three.marketer.email in receivers()


def test_an_address_that_is_none_stops_nobody(three: Cast) -> None:
    User.objects.filter(pk=three.marketer.pk).update(email="a\nBcc: x@example.test")
    assert mail_notices() == 2
    assert receivers() == [three.auditor.email, three.second_marketer.email]


def test_a_server_that_is_away_ends_the_pass(
    three: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_self: EmailBackend) -> None:
        raise ConnectionRefusedError("nobody there")

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "open", away)
        assert mail_notices() == 0
    assert caplog.messages == ["the mail server does not answer: nobody there"]
    assert not Notice.objects.exclude(mailed_at=None).exists()
    assert mail_notices() == 3


def test_at_most_so_many_in_a_pass(three: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "MOST_MAILS", 2)
    assert [mail_notices(), mail_notices(), mail_notices()] == [2, 1, 0]


def test_a_slow_server_ends_the_pass(three: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "LONGEST_PASS", 0.0)
    assert [mail_notices(), mail_notices()] == [1, 1]
