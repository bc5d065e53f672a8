from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.db import connection
from django.test import TransactionTestCase, override_settings

from generation import engine_status
from tests.servers import own_postgres

pytest_plugins = ["tests.cast"]


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """A database on a server of our own goes with the server; dropping it first would only wait for its last users."""
    return own_postgres()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rate limits and what the workers tell do not leak from test to test."""
    cache.clear()
    caches["process"].clear()
    engine_status.pause.until = 0.0


@pytest.fixture(autouse=True, scope="session")
def _fast_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True, scope="session")
def _flush_append_only_tables() -> Iterator[None]:
    """Tests with `transaction=True` empty the tables at their end, which the append-only triggers refuse."""
    case: Any = TransactionTestCase
    teardown = case._fixture_teardown

    def without_triggers(self: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
        teardown(self)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = DEFAULT")

    case._fixture_teardown = without_triggers
    yield
    case._fixture_teardown = teardown
