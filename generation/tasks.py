from celery import shared_task

from generation.pipeline import execute
from generation.resident import resident


@shared_task(name="generation.run", ignore_result=True)
def run_generation(run_id: int) -> None:
    """Without an engine the run stays queued; the sweeper rings again."""
    if resident.engine is not None and not resident.draining.is_set():
        execute(run_id, resident.engine, draining=resident.draining.is_set)
