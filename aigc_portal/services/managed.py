"""What the supervisor knows of each program that it keeps running."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from aigc_portal.services.errors import StartFailed
from aigc_portal.services.process import end, identify


class Managed:
    """A program with a log and a pid file. Subclasses start it; their start() raises ServiceError."""

    name = ""
    ready_seconds = 600.0  # how long start() waits: reading everything back after a crash may take minutes

    def __init__(self, pid_file: Path, log_file: Path) -> None:
        self.pid_file = pid_file
        self.log_file = log_file
        self.process: subprocess.Popen[bytes] | None = None
        self.pause: Callable[[], None] = lambda: time.sleep(0.02)
        """Called between two looks at a starting program; may raise, then stop() still ends the program."""

    @property
    def pid(self) -> int | None:
        """Its number while it runs."""
        return self.process.pid if self.process and self.process.poll() is None else None

    @property
    def ended_by(self) -> str:
        """For a person: the exit status or the signal."""
        code = self.process.poll() if self.process else None
        if code is None:
            return "not ended"
        return f"exit status {code}" if code >= 0 else signal.Signals(-code).name

    @property
    def failed(self) -> bool:
        """Whether it ended by itself with an error, so that its log says why."""
        return bool(self.process and (self.process.poll() or 0) > 0)

    def start(self) -> object:
        raise NotImplementedError

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Raises StartFailed when it ends before, or takes longer than `ready_seconds`."""
        deadline = time.monotonic() + self.ready_seconds
        while self.pid:
            if is_ready():
                return
            if time.monotonic() > deadline:
                end_together(self, first=signal.SIGINT, patience=10)
                raise StartFailed(f"{self.name} was not ready after {self.ready_seconds:.0f} s.", self.log_file)
            self.pause()
        raise StartFailed(f"{self.name} did not start ({self.ended_by}).", self.log_file)


def end_together(*programs: Managed, first: signal.Signals, patience: float) -> None:
    """Send `first` to all, kill those that live `patience` seconds later, and forget them."""
    living = [identity for program in programs if program.pid and (identity := identify(program.pid))]
    end(*living, first=first, patience=patience)
    for program in programs:
        if program.process:
            program.process.wait()
            program.process = None
        program.pid_file.unlink(missing_ok=True)
