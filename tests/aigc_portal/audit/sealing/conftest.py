from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aigc_portal.audit import verify_audit
from tests.aigc_portal.audit.sealing.sealed_log import SealedLog, write_folder

Verify = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    """Exit status and answer for a bundle, given as a log, its files or a path."""

    def run(bundle: SealedLog | dict[str, bytes] | Path, *arguments: str) -> tuple[int, dict[str, Any]]:
        if isinstance(bundle, SealedLog):
            bundle = bundle.files()
        if isinstance(bundle, dict):
            bundle = write_folder(tmp_path / f"bundle{len(list(tmp_path.iterdir()))}", bundle)
        status = verify_audit.main([str(bundle), "--json", *arguments])
        return status, json.loads(capsys.readouterr().out)

    return run
