from __future__ import annotations

import pytest

from aigc_portal.jobs import doorbell


@pytest.fixture
def no_doorbell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers the bell in these tests."""
    monkeypatch.setattr(doorbell, "_submit", lambda *_: None)
