"""Sending the mails about notices.

A mail is claimed, sent, and noted as sent. Claim and note are transactions of their own: while the mail server talks,
nothing is locked and no transaction is open. A claim ends by itself, so what failed, or lost its process, is mailed by
a later pass. Nobody can know whether a mail went out just before its process died: it goes twice rather than never.
Every claim of a notice lasts twice as long as the one before, which makes a dozen at most until it is history (STALE).
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Now, Power
from django.utils import timezone

from aigc_portal.accounts.models import User
from aigc_portal.notices.letters import letter
from aigc_portal.notices.models import Notice, NoticeQuerySet
from aigc_portal.notices.owed import owed

logger = logging.getLogger(__name__)

MOST_MAILS = 200  # in one pass
LONGEST_PASS = 20.0  # seconds; a slow mail server must not fill the worker's threads with passes
LEASE = timedelta(minutes=2)  # of the first claim: longer than a mail server takes that answers within EMAIL_TIMEOUT
LEASE_OF_ATTEMPT = ExpressionWrapper(Value(LEASE) * Power(2, F("mail_attempts")), output_field=DurationField())


def mail_notices() -> int:
    """One pass. Returns how many mails went out.

    People come in any order, so that addresses which always fail cannot stand before the others in every pass. Where
    the mail server does not answer at all, the pass ends: the next one tries again.
    """
    moment, end, sent = timezone.now(), monotonic() + LONGEST_PASS, 0
    people = User.objects.filter(pk__in=owed(moment).values("user")).order_by("?")
    server = mail.get_connection()
    try:
        for pk in list(people.values_list("pk", flat=True)[:MOST_MAILS]):
            if not answers(server):
                break
            sent += mail_person(server, pk, moment)
            if monotonic() > end:
                break
    finally:
        hang_up(server)
    return sent


def answers(server: BaseEmailBackend) -> bool:
    """Whether there is a connection to the mail server, by now."""
    try:
        server.open()
    except Exception as error:  # each backend has errors of its own
        logger.warning("the mail server does not answer: %s", error)
        return False
    return True


def mail_person(server: BaseEmailBackend, pk: int, moment: datetime) -> bool:
    """One mail with everything that the person is owed; False where it failed, or another pass was faster."""
    notices = claim(pk, moment)
    if not notices:
        return False
    try:
        server.send_messages([letter(notices[0].user, notices)])
    except Exception as error:  # the server's, or an address that is none
        logger.warning("no mail about notices to user %s: %s", pk, error)
        hang_up(server)
        return False
    these(notices).update(mailed_at=Now())
    return True


@transaction.atomic
def claim(pk: int, moment: datetime) -> list[Notice]:
    """What this pass alone may mail to the person now, newest first. Nothing while another pass claims."""
    person = User.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=pk)
    if not person.exists():
        return []
    notices = list(owed(moment).filter(user=pk).select_related("user").order_by("-pk"))
    these(notices).update(mail_attempts=F("mail_attempts") + 1, next_mail_at=Now() + LEASE_OF_ATTEMPT)
    return notices


def these(notices: list[Notice]) -> NoticeQuerySet:
    return Notice.objects.filter(pk__in=[notice.pk for notice in notices])


def hang_up(server: BaseEmailBackend) -> None:
    """A server that failed may fail at its farewell too."""
    with suppress(Exception):
        server.close()
