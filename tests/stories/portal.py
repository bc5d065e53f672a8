"""The portal as people start it: all its processes, on a port and in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from aigc_portal.services.configuration import REPOSITORY
from aigc_portal.services.lock import PortalLock
from aigc_portal.services.process import Identity, end, identify, recorded
from review.management.portal_client import PortalClient

T = TypeVar("T")
NOT_OURS = {"DATABASE_URL", "REDIS_URL", "PORTAL_SECRET_KEY", "PORTAL_MODEL", "DJANGO_SETTINGS_MODULE"}
START_SECONDS = 120.0
LAST_LINES = 40


class LivePortal:
    """A started portal. `address` is its base URL."""

    def __init__(self, var: Path, settings: dict[str, str]) -> None:
        self.var = var
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        kept = {name: text for name, text in os.environ.items() if name not in NOT_OURS}
        own = {"PORTAL_VAR": str(var), "PORTAL_HOST": "127.0.0.1", "PORTAL_PORT": str(port)}
        self.environment = kept | own | settings
        self.process: subprocess.Popen[bytes] | None = None
        self._people: dict[str, PortalClient] = {}

    def start(self) -> None:
        """Returns at once; see wait_until_ready."""
        with (self.var / "portal.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "aigc_portal.services", "run"],
                env=self.environment,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        lock = PortalLock(self.var / "run")

        def ready() -> bool:
            if self.process is None or self.process.poll() is not None:
                raise AssertionError(f"the portal ended:\n{(self.var / 'portal.log').read_text()}")
            running = lock.holder()
            return running is not None and running.ready

        eventually(ready, START_SECONDS)

    def stop(self) -> None:
        if self.process is None:
            return
        if identity := identify(self.process.pid):
            end(identity, first=signal.SIGTERM, patience=30)
        self.process.wait()

    def person(self, role: str) -> PortalClient:
        """The demo team's person of this role, signed in over the API."""
        if role not in self._people:
            accounts = json.loads((self.var / "secrets" / "demo_signins.json").read_text())
            account = next(account for account in accounts if account["role"] == role)
            self._people[role] = PortalClient(self.address, account["email"], account["password"], "story")
        return self._people[role]

    def program(self, name: str) -> Identity:
        """The living process of a program: web, generation-worker, default-worker, scheduler, postgres, valkey."""
        return eventually(lambda: recorded(self.var / "run" / f"{name}.pid"), 30)

    def kill(self, name: str) -> None:
        os.kill(self.program(name).pid, signal.SIGKILL)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """The program is there and does nothing while the block runs."""
        program = self.program(name)
        os.kill(program.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(program.pid, signal.SIGCONT)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """manage.py against this portal."""
        return self.command("manage", *words)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The `portal` command against this portal, for example command("demo")."""
        command = [sys.executable, "-m", "aigc_portal.services", *words]
        return subprocess.run(
            command, env=self.environment, cwd=REPOSITORY, capture_output=True, text=True, timeout=300
        )

    def logs(self) -> str:
        """The last lines of each program's log."""
        parts = []
        for path in sorted((self.var / "logs").glob("*.log")):
            parts += [f"== {path.name}", *path.read_text(errors="replace").splitlines()[-LAST_LINES:]]
        return "\n".join(parts)


def eventually(look: Callable[[], T | None], seconds: float) -> T:
    """What `look` gives once it is true; AssertionError when it stays false."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"it did not happen in {seconds:.0f} s"
        time.sleep(0.1)
    return found


def finished(person: PortalClient, path: str, seconds: float) -> dict[str, Any]:
    """The job at this path of the API once it is closed."""

    def closed() -> dict[str, Any] | None:
        job: dict[str, Any] = person.get(path)
        return job if job["status"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None

    return eventually(closed, seconds)


def models_folder() -> Path:
    """PORTAL_TEST_MODELS, else var/models; the worker fetches into it what is missing."""
    folder = Path(os.environ.get("PORTAL_TEST_MODELS") or REPOSITORY / "var" / "models")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@contextmanager
def live_portal(settings: dict[str, str], models: Path | None = None) -> Iterator[LivePortal]:
    """A portal of its own, started but perhaps not ready yet; gone when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="s-", dir="/tmp"))
    folder.chmod(0o711)  # the database server's account passes through
    var = folder / "var"
    var.mkdir(mode=0o711)
    if models is not None:
        (var / "models").symlink_to(models)
    portal = LivePortal(var, settings)
    try:
        portal.start()
        yield portal
    finally:
        portal.stop()
        shutil.rmtree(folder, ignore_errors=True)
