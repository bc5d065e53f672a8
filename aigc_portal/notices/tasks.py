from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from aigc_portal.notices.mailing import mail_notices
from aigc_portal.notices.models import Notice

KEPT = timedelta(days=90)
MOST_REMOVED = 5000  # in one pass


@shared_task(name="notices.send", ignore_result=True, expires=30)
def send_notices() -> None:
    mail_notices()
    remove_old()


def remove_old() -> int:
    """Notices are kept for 90 days after they were read. Returns how many went."""
    old = Notice.objects.filter(read_at__lt=Now() - KEPT).order_by("read_at").values("pk")[:MOST_REMOVED]
    removed, _rows = Notice.objects.filter(pk__in=old).delete()
    return removed
