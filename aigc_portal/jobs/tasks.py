from celery import shared_task

from aigc_portal.jobs.sweeper import sweep


@shared_task(name="jobs.sweep", ignore_result=True, expires=10)
def sweep_jobs() -> None:
    sweep()
