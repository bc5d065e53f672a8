from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from aigc_portal.idempotency.models import KeptAnswer


@shared_task(name="idempotency.purge", ignore_result=True, expires=3600)
def purge_answers() -> None:
    """Answers are kept for a day."""
    KeptAnswer.objects.filter(created_at__lt=Now() - timedelta(days=1)).delete()
