from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as NoBroker


def test_ready(db: None) -> None:
    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "broker": "ok", "model": "absent"}


def test_the_broker_is_asked_once(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that ends after its first answer is no error of ours."""
    answers = iter([{"state": "ready"}])

    def get(key: str) -> object:
        try:
            return next(answers)
        except StopIteration:
            raise NoBroker from None

    monkeypatch.setattr(cache, "get", get, raising=False)
    assert Client().get("/health/ready").json()["model"] == "ready"
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "database": "ok", "broker": "unreachable"}
