"""The same migrations on every PostgreSQL that the portal runs on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_portal.services.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


@pytest.mark.skipif(not SYSTEM_POSTGRES, reason="no PostgreSQL of the system here (Debian: postgresql)")
def test_the_migrations_pass_on_the_systems_postgresql(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "data", tmp_path / "run", durable=False, bin_folder=SYSTEM_POSTGRES[0].parent)
    environment = os.environ | {"DATABASE_URL": server.start(), "PORTAL_VAR": str(tmp_path / "var")}
    try:
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, capture_output=True, text=True
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
