"""pytest plugin: every test session has a PostgreSQL, a Valkey and a `var/` of its own, gone when it ends.

Loaded by `-p tests.servers`, because Django's settings must find the addresses. DATABASE_URL and REDIS_URL take others.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from aigc_portal.services.postgres import PostgresServer
from aigc_portal.services.valkey import ValkeyServer

_started: list[PostgresServer | ValkeyServer] = []
_folder = Path(tempfile.mkdtemp(prefix="portal-tests-"))


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    os.environ["PORTAL_VAR"] = str(_folder / "var")
    os.environ.setdefault("PORTAL_SECRET_KEY", "a key for tests only, of no use to anybody else at all")
    os.environ["PORTAL_EMAIL_BACKEND"] = "django.core.mail.backends.locmem.EmailBackend"
    os.environ["HF_HUB_OFFLINE"] = "1"
    if not os.environ.get("DATABASE_URL"):
        postgres = PostgresServer(_folder / "postgres", _folder / "run", durable=False)
        os.environ["DATABASE_URL"] = postgres.start()
        _started.append(postgres)
    if not os.environ.get("REDIS_URL"):
        valkey = ValkeyServer(_folder / "valkey", _folder / "run", durable=False)
        os.environ["REDIS_URL"] = valkey.start()
        _started.append(valkey)


def own_postgres() -> bool:
    return any(isinstance(server, PostgresServer) for server in _started)


def pytest_unconfigure() -> None:
    while _started:
        _started.pop().stop()
    shutil.rmtree(_folder, ignore_errors=True)
