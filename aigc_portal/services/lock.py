"""One portal a data folder: a lock that the kernel frees with its holder, and who holds it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aigc_portal.services.folders import PASSABLE, make_folder
from aigc_portal.services.process import Identity, identify


@dataclass(frozen=True)
class Running:
    """The portal that runs: its supervisor, and how to reach what it started."""

    pid: int
    started: str
    address: str
    ready: bool = False
    urls: dict[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        return Identity(self.pid, self.started)


class PortalLock:
    """`run_dir`/portal.lock. The file stays when the portal ends; only the lock says that one runs."""

    def __init__(self, run_dir: Path) -> None:
        self.file = run_dir / "portal.lock"

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Yields whether we hold it now; no child inherits it."""
        make_folder(self.file.parent, PASSABLE)
        handle = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(handle)

    def tell(self, address: str, urls: dict[str, str], *, ready: bool) -> None:
        """Write who we are, for the other commands; only while the lock is held."""
        me = identify(os.getpid())
        if me:
            self.file.write_text(json.dumps(asdict(Running(me.pid, me.started, address, ready, urls))))

    def forget(self) -> None:
        self.file.write_text("")

    def holder(self) -> Running | None:
        """The portal that runs on this data folder, or None."""
        try:
            running = Running(**json.loads(self.file.read_text()))
        except (FileNotFoundError, ValueError):  # ValueError: empty after an orderly end
            return None
        return running if identify(running.pid) == running.identity else None
