"""The scheduler's part in the tests: it sweeps, and time passes as the test wants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models.functions import Now

from aigc_portal.jobs.sweeper import sweep
from generation.models import GenerationRun
from tests.stories.portal import eventually


def let_leases_run_out() -> None:
    """A lost worker's leases end after 30 s. No test waits for that: the rows are told that it is over."""
    GenerationRun.objects.filter(status="RUNNING").update(lease_until=Now() - timedelta(seconds=1))
    sweep()


def sweep_until(look: Callable[[], bool], seconds: float) -> None:
    """Sweep, as the scheduler does every 4 s, until `look` is true; AssertionError where it stays false."""

    def swept() -> bool:
        sweep()
        return look()

    eventually(swept, seconds)
