from celery import shared_task
from django.db import connection

from generation.fair_order import claim_fairest
from generation.models import GenerationRun
from generation.pipeline import execute
from generation.resident import resident


@shared_task(name="generation.run", ignore_result=True)
def run_generation(run_id: int) -> None:
    """Write the run whose turn it is, if there is one and an engine; `run_id` only says that somebody waits."""
    with resident.admitted(claim) as admitted:
        if admitted is not None and resident.engine is not None:
            execute(
                admitted.run,
                resident.engine,
                draining=resident.draining.is_set,
                started=admitted.started,
                out_of_reach=resident.out_of_reach,
            )


def claim(alone: bool) -> GenerationRun | None:
    """No connection is held while the model writes: the pool may have fewer than the engine has slots."""
    try:
        return claim_fairest(resident.served.queue, alone=alone)
    finally:
        connection.close()
