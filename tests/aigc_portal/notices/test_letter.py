"""What a mail about notices says."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import override_settings
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import User
from aigc_portal.notices.mailing import mail_notices
from aigc_portal.notices.sentences import SENTENCES, Sentence
from tests.aigc_portal.notices.telling import fill, mail_at_once, tell
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _at_once(cast: Cast) -> None:
    mail_at_once(cast.marketer)


@override_settings(PORTAL_URL="https://portal.example.test")
def test_is_text_with_absolute_links(cast: Cast) -> None:
    tell(cast, cast.marketer)
    mail_notices()
    (letter,) = mail.outbox
    assert letter.body == (
        "Reviewer approved “Spring tea”.\n"
        "https://portal.example.test/reviews/7/\n"
        "\n"
        "-- \n"
        "Choose when these mails come: https://portal.example.test/notices/settings/\n"
    )
    assert letter.message().get_content_type() == "text/plain"
    assert letter.message()["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("language", "subject"), [("zh-hans", "已通过“春茶”。"), ("en", "Approved “春茶”."), ("", "Approved “春茶”.")]
)
def test_is_in_the_persons_language(cast: Cast, monkeypatch: pytest.MonkeyPatch, language: str, subject: str) -> None:
    monkeypatch.setitem(SENTENCES, "test.kind", Sentence(_("Approved “%(title)s”.")))
    User.objects.filter(pk=cast.marketer.pk).update(language=language)
    tell(cast, cast.marketer, kind="test.kind", params={"title": "春茶"})
    mail_notices()
    assert mail.outbox[0].subject == subject
    assert mail.outbox[0].body.startswith(f"{subject}\n")


def test_no_title_makes_a_header_or_a_line(cast: Cast) -> None:
    tell(cast, cast.marketer, params={"title": "Tea\r\nBcc: all@example.test\n\nClick\u2028here\x1c\x85"})
    assert mail_notices() == 1
    message = mail.outbox[0].message()
    assert message["Bcc"] is None
    assert message["To"] == "marketer@example.test"
    assert mail.outbox[0].subject == "Reviewer approved “Tea Bcc: all@example.test Click here”."
    assert mail.outbox[0].body.splitlines()[0] == mail.outbox[0].subject


def test_markup_is_text_and_is_not_escaped(cast: Cast) -> None:
    tell(cast, cast.marketer, params={"title": "<b>Tom & Co</b>"})
    mail_notices()
    assert "“<b>Tom & Co</b>”" in mail.outbox[0].body


def test_a_long_title_makes_no_long_subject(cast: Cast) -> None:
    tell(cast, cast.marketer, params={"title": "茶" * 300})
    mail_notices()
    assert len(mail.outbox[0].subject) == 150
    assert "茶" * 300 in mail.outbox[0].body


def test_very_many_are_counted(cast: Cast) -> None:
    fill(cast, cast.marketer, 53)
    mail_notices()
    (letter,) = mail.outbox
    assert letter.subject == "53 new notices"
    assert letter.body.count("something new about") == 50
    assert "3 more notices are in the portal:\nhttp://localhost:8000/notices/\n" in letter.body
    assert mail_notices() == 0


def test_many_of_a_kind_that_lead_to_one_place_are_one_line(cast: Cast) -> None:
    for actor in (cast.reviewer, cast.second_reviewer):
        tell(cast, cast.marketer, kind="review.commented", actor=actor, url="/reviews/7/#thread-1")
    tell(cast, cast.marketer, kind="review.commented", url="/reviews/7/#thread-2")
    assert mail_notices() == 1
    (letter,) = mail.outbox
    assert letter.subject == "2 new notices"
    assert letter.body.splitlines()[:4] == [
        "Reviewer commented on “Spring tea”.",
        "http://localhost:8000/reviews/7/#thread-2",
        "",
        "Second Reviewer commented on “Spring tea”.",
    ]
    assert mail_notices() == 0, "the older one of the first thread was told with it"


@pytest.mark.parametrize(
    ("sender", "domain"), [("Portal <portal@tea.example>", "tea.example"), ("portal", "localhost"), ("", "localhost")]
)
def test_has_an_id_in_the_domain_of_its_sender(cast: Cast, sender: str, domain: str) -> None:
    with override_settings(DEFAULT_FROM_EMAIL=sender):
        tell(cast, cast.marketer)
        mail_notices()
        tell(cast, cast.marketer)
        mail_notices()
    ids = [letter.message()["Message-ID"] for letter in mail.outbox]
    assert all(one.startswith("<notices.") and one.endswith(f"@{domain}>") for one in ids)
    assert len({*ids}) == 2
