"""What a mail about notices says: text only, whose titles can add no header and no line."""

from __future__ import annotations

from email.utils import parseaddr
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from aigc_portal.accounts.models import User
from aigc_portal.notices.models import Notice
from aigc_portal.notices.sentences import sentence_of

MOST_LINES = 50  # in one mail; the others are counted
LONGEST_SUBJECT = 150


def letter(user: User, notices: list[Notice]) -> EmailMessage:
    """In the language that the person chose, else the portal's. Newest first, and only text."""
    with translation.override(user.language or settings.LANGUAGE_CODE):
        shown = newest_of_each_place(notices)
        context = {
            "lines": [(sentence_of(notice), absolute(notice.url)) for notice in shown[:MOST_LINES]],
            "left_out": max(0, len(shown) - MOST_LINES),
            "all_url": absolute(reverse("notices:notices")),
            "settings_url": absolute(reverse("notices:settings")),
        }
        return EmailMessage(
            subject=subject(shown),
            body=render_to_string("notices/mail.txt", context),
            to=[user.email],
            # "auto-generated", so that no machine answers it.
            headers={"Auto-Submitted": "auto-generated", "Message-ID": message_id(notices)},
        )


def newest_of_each_place(notices: list[Notice]) -> list[Notice]:
    """One of each kind that leads to the same place: ten comments in one thread are one line."""
    newest: dict[tuple[str, str], Notice] = {}
    for notice in notices:
        newest.setdefault((notice.kind, notice.url), notice)
    return list(newest.values())


def message_id(notices: list[Notice]) -> str:
    """The same for the same notices: mail servers that drop doubles know a mail which is sent again after a crash."""
    digest = sha256(" ".join(str(notice.pk) for notice in notices).encode()).hexdigest()[:32]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    return f"<notices.{digest}@{domain}>"


def subject(notices: list[Notice]) -> str:
    """One line, which no title can break."""
    text = sentence_of(notices[0])
    if len(notices) > 1:
        text = ngettext("%(n)s new notice", "%(n)s new notices", len(notices)) % {"n": len(notices)}
    return text if len(text) <= LONGEST_SUBJECT else f"{text[: LONGEST_SUBJECT - 1]}…"


def absolute(path: str) -> str:
    return f"{settings.PORTAL_URL}{path}"
