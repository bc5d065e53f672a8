from threading import BoundedSemaphore

from celery import shared_task

from review.actions.assignees import unassign_former_reviewers
from review.actions.claims import release_expired, release_former_reviewers
from review.actions.escalation import escalate_overdue
from review.datasets.pipeline import execute

# Of the worker's four threads: exports can be long, and the sweeps must always find a free one.
room = BoundedSemaphore(2)


@shared_task(name="review.sweep", ignore_result=True, expires=30)
def sweep_reviews() -> None:
    release_expired()
    release_former_reviewers()
    unassign_former_reviewers()
    escalate_overdue()


@shared_task(name="review.export_dataset", ignore_result=True)
def export_dataset(export_id: int) -> None:
    """With no room the export stays queued; the sweeper rings again."""
    if not room.acquire(blocking=False):
        return
    try:
        execute(export_id)
    finally:
        room.release()
