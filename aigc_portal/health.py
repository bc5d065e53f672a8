"""Is the process alive, and can it serve? The model's state is told, not required."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.urls import path
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

ENGINE_KEY = "engine-status"


@login_not_required
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database is migrated and the broker answers, else 503 with the part that is missing."""
    parts = {"database": database()} | broker()
    ok = parts["database"] == parts["broker"] == "ok"
    return JsonResponse({"status": "ok" if ok else "unavailable"} | parts, status=200 if ok else 503)


def database() -> str:
    try:
        executor = MigrationExecutor(connection)
        return "ok" if not executor.migration_plan(executor.loader.graph.leaf_nodes()) else "not migrated"
    except (DatabaseError, PoolTimeout):
        return "unreachable"


def broker() -> dict[str, str]:
    """The broker's state and, where it answers, the model's."""
    try:
        engine = cache.get(ENGINE_KEY) or {}
    except RedisError:
        return {"broker": "unreachable"}
    return {"broker": "ok", "model": engine.get("state", "absent")}


urlpatterns = [path("live", live, name="live"), path("ready", ready, name="ready")]
