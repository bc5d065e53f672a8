from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from aigc_portal.celery import app
from aigc_portal.notices import tasks
from aigc_portal.notices.models import Notice
from aigc_portal.notices.tasks import send_notices
from tests.aigc_portal.notices.telling import mail_at_once, receivers, tell, told
from tests.cast import Cast


def test_mails_and_removes_what_was_read_long_ago(cast: Cast) -> None:
    mail_at_once(cast.second_marketer)
    kinds = ("review.approved", "review.rejected", "review.commented")
    old, recent, unread = (told(cast, cast.marketer, kind=kind) for kind in kinds)
    Notice.objects.filter(pk=old.pk).update(read_at=timezone.now() - timedelta(days=91))
    Notice.objects.filter(pk=recent.pk).update(read_at=timezone.now() - timedelta(days=89))
    tell(cast, cast.second_marketer)
    send_notices()
    assert receivers() == [cast.second_marketer.email]
    assert set(Notice.objects.filter(user=cast.marketer)) == {recent, unread}


def test_removes_at_most_so_many_in_a_pass(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("review.approved", "review.rejected", "review.commented"):
        tell(cast, cast.marketer, kind=kind)
    Notice.objects.update(read_at=timezone.now() - timedelta(days=91))
    monkeypatch.setattr(tasks, "MOST_REMOVED", 2)
    assert [tasks.remove_old(), tasks.remove_old(), tasks.remove_old()] == [2, 1, 0]


def test_is_rung_every_half_minute() -> None:
    app.loader.import_default_modules()
    assert "notices.send" in app.tasks
    entry = settings.CELERY_BEAT_SCHEDULE["send-notices"]
    assert (entry["task"], entry["schedule"]) == ("notices.send", timedelta(seconds=30))
    assert entry["options"] == {"queue": "default"}
