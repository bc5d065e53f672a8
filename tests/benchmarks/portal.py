"""A portal for a section: PostgreSQL and Valkey of its own, all the programs on them, and the real model."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.db import connection
from django.utils.module_loading import import_string

from aigc_portal.services.postgres import PostgresServer
from aigc_portal.services.valkey import ValkeyServer
from generation import engine_status
from generation.engine.catalogue import DEFAULT_MODEL
from tests.benchmarks.apart import apart
from tests.benchmarks.console import Options, say
from tests.benchmarks.models import THREADS, folder_of
from tests.benchmarks.table import Figure
from tests.stories.portal import LivePortal, eventually, live_portal

SHARED = ("DATABASE_URL", "REDIS_URL", "PORTAL_SECRET_KEY")
START_SECONDS = 180.0


def section(measure: str) -> Callable[[Options], list[Figure]]:
    """Return the section of this dotted name, in a process of its own: its Django has to find the servers."""
    return lambda options: apart(on_servers, measure, options)


def on_servers(measure: str, options: Options) -> list[Figure]:
    """Start the servers, and only then import what asks for Django's settings."""
    with tempfile.TemporaryDirectory(prefix="b-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database server's account passes through
        postgres = PostgresServer(folder / "postgres", folder / "run")
        valkey = ValkeyServer(folder / "valkey", folder / "run")
        try:
            urls = {"DATABASE_URL": postgres.start(), "REDIS_URL": valkey.start()}
            os.environ |= urls | {
                "PORTAL_SECRET_KEY": "of a benchmark",
                "DJANGO_SETTINGS_MODULE": "aigc_portal.settings",
            }
            django.setup()
            figures: list[Figure] = import_string(measure)(options)
            connection.close_pool()  # type: ignore[attr-defined]
            return figures
        finally:
            valkey.stop()
            postgres.stop()


@contextmanager
def running_portal(threads: int) -> Iterator[LivePortal]:
    """The portal as `make run` starts it, without the demo; its model is ready, and writes without end tokens."""
    shared = {name: os.environ[name] for name in SHARED}
    engine = {"PORTAL_ENGINE": "tests.benchmarks.models.served_engine", THREADS: str(threads)}
    with live_portal(shared | engine | {"PORTAL_DEMO": "0"}, models=folder_of(DEFAULT_MODEL).parent) as portal:
        try:
            portal.wait_until_ready()
            eventually(model_is_ready, START_SECONDS)
            say(f"the portal is ready: {portal.address}")
            yield portal
        except BaseException:
            say(portal.logs())
            raise


def model_is_ready() -> bool:
    """Return whether the worker takes runs; RuntimeError where its model could not be loaded."""
    told = engine_status.read()
    if told.state == "failed":
        raise RuntimeError(f"{told.code}: {told.detail}")
    return told.serves
