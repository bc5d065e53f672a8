"""Mails about notices: who is owed one now, and sending it.

PostgreSQL knows what was mailed. A process that dies between the sending and the commit mails again in the next pass:
twice rather than never. Passes may overlap, because each locks the notices that it mails and skips what another holds.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from aigc_portal.accounts.models import Membership, User
from aigc_portal.notices.letters import letter
from aigc_portal.notices.models import DIGEST_HOUR, Notice, NoticeQuerySet, NoticeSettings

logger = logging.getLogger(__name__)

MOST_MAILS = 200  # in one pass
STALE = timedelta(days=7)  # what could not or should not be mailed for so long is history, which the portal shows
OWN_CHOICE = "user__notice_settings__"


def mail_notices() -> int:
    """One pass. Returns how many mails went out.

    People come in any order, so that addresses which always fail cannot stand before the others in every pass. Where
    the mail server does not answer at all, the pass ends: the next one tries again.
    """
    moment, sent = timezone.now(), 0
    people = list(User.objects.filter(is_active=True, pk__in=owed(moment).values("user")).order_by("?")[:MOST_MAILS])
    server = mail.get_connection()
    for user in people:
        try:
            server.open()
        except Exception as error:  # each backend has errors of its own
            logger.warning("the mail server does not answer: %s", error)
            break
        sent += mail_person(server, user, moment)
    hang_up(server)
    return sent


def owed(moment: datetime) -> NoticeQuerySet:
    """The notices to be mailed at this moment: unread ones that are visible, still the person's business, and wanted.

    A digest takes what became visible before its hour struck the last time, so it comes once a day, late if need be.
    """
    fresh = Notice.objects.filter(mailed_at=None, read_at=None, due_at__lte=Now(), due_at__gt=moment - STALE)
    in_team = Exists(Membership.objects.filter(user=OuterRef("user"), team=OuterRef("team")))
    choice = Coalesce(f"{OWN_CHOICE}mail", Value(NoticeSettings.Mail.DIGEST))
    strokes = [When(**{f"{OWN_CHOICE}digest_hour": hour}, then=last_stroke(hour, moment)) for hour in range(24)]
    stroke = Case(*strokes, default=last_stroke(DIGEST_HOUR, moment), output_field=DateTimeField())
    wanted = Q(urgent=True) | Q(choice=NoticeSettings.Mail.AT_ONCE)
    wanted |= Q(choice=NoticeSettings.Mail.DIGEST, due_at__lte=stroke)
    return fresh.annotate(choice=choice).filter(in_team, wanted)


def last_stroke(hour: int, moment: datetime) -> datetime:
    """When the clock of the portal's time zone last struck this hour."""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)


@transaction.atomic
def mail_person(server: BaseEmailBackend, user: User, moment: datetime) -> bool:
    """One mail with everything that the person is owed; False where it failed, or another pass was faster."""
    waiting = owed(moment).filter(user=user).order_by("-pk")
    notices = list(waiting.select_for_update(skip_locked=True, of=("self",)))
    if not notices:
        return False
    try:
        server.send_messages([letter(user, notices)])
    except Exception as error:  # the server's, or an address that is none: the next pass tries again
        logger.warning("no mail about notices to user %s: %s", user.pk, error)
        hang_up(server)
        return False
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=Now())
    return True


def hang_up(server: BaseEmailBackend) -> None:
    """A server that failed may fail at its farewell too."""
    with suppress(Exception):
        server.close()
