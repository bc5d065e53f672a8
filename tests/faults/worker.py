"""A real generation worker on the tests' own PostgreSQL and Valkey, with an engine that needs no model."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from aigc_portal.services.children import Child, portal_programs
from aigc_portal.services.configuration import Configuration
from aigc_portal.services.managed import end_together
from generation import engine_status
from generation.served_models import read_reference
from tests.stories.portal import eventually

MODEL = "pocket"
QUEUE = read_reference("pocket").queue
SLOTS = 16
START_SECONDS = 60.0


class Worker(Child):
    """As the portal starts it: the same command, the same environment. `engine` names a callable of tests.faults."""

    def __init__(self, folder: Path, engine: str) -> None:
        configuration = Configuration(var=folder, models=(MODEL,), slots=SLOTS)
        configuration.run_dir.mkdir(parents=True, exist_ok=True)
        configuration.logs.mkdir(exist_ok=True)
        program = portal_programs(configuration)[0][0]
        told = {
            "DATABASE_URL": database_url(),
            "PORTAL_VAR": str(folder),
            "PORTAL_MODEL": MODEL,
            "PORTAL_ENGINE": f"tests.faults.engines.{engine}",
        }
        super().__init__(program, configuration, os.environ | told, listener=0)
        self.began = 0.0

    def start(self) -> None:
        """Returns at once; see wait_until_ready."""
        self.began = time.time()
        super().start()

    def wait_until_ready(self) -> None:
        """What a killed worker has told of itself stays for 30 s, and does not count."""

        def ready() -> bool:
            told = engine_status.read(QUEUE)
            return told.serves and told.started_at >= self.began

        eventually(ready, START_SECONDS)

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        end_together(self, first=signal.SIGKILL, patience=10)

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


def database_url() -> str:
    """Of the tests' own database."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
