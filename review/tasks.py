from celery import shared_task

from review.actions.claims import release_expired
from review.datasets.pipeline import execute


@shared_task(name="review.sweep", ignore_result=True, expires=30, time_limit=60)
def sweep_reviews() -> None:
    release_expired()


@shared_task(name="review.export_dataset", ignore_result=True)
def export_dataset(export_id: int) -> None:
    execute(export_id)
