"""The programs that make up the portal, as data, and one of them while it runs."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aigc_portal.services.configuration import REPOSITORY, Configuration
from aigc_portal.services.managed import Managed
from aigc_portal.services.process import spawn

LISTENER = "{listener}"
LARGEST_LOG = 10_000_000  # bytes; a longer one is put aside at the next start


@dataclass(frozen=True)
class Program:
    """`command` with LISTENER in it is handed the portal's socket by that number."""

    name: str
    command: tuple[str, ...]
    niceness: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def file_name(self) -> str:
        return self.name.replace(" ", "-")


def _celery(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "-A", "aigc_portal", *words)


def _worker(name: str, threads: int, *words: str) -> tuple[str, ...]:
    # Nobody listens to the events of the one node, and waiting for other nodes costs a second at every start.
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return _celery("worker", "-P", "threads", "-c", str(threads), "-n", f"{name}@%h", "-l", "INFO", *quiet, *words)


def _generation_workers(configuration: Configuration) -> tuple[Program, ...]:
    """One a model. Each run in a slot has a thread that waits for its text."""
    programs = []
    for number, model in enumerate(configuration.models, start=1):
        mark = f" {number}" if number > 1 else ""
        command = _worker(f"generation{mark.strip()}", configuration.slots)
        # Its threads compute: everything that a person waits for goes first.
        environment = {"OMP_WAIT_POLICY": "PASSIVE", "PORTAL_WORKER_MODEL": model}
        programs.append(Program(f"generation worker{mark}", command, 5, environment))
    return tuple(programs)


def portal_programs(configuration: Configuration) -> tuple[tuple[Program, ...], ...]:
    """In the order of their start; those of one group end together, the last group first."""
    web = (sys.executable, "-m", "uvicorn", "aigc_portal.asgi:application", "--fd", LISTENER)
    web_options = ("--no-access-log", "--no-server-header", "--lifespan", "off", "--timeout-graceful-shutdown", "5")
    schedule = str(configuration.run_dir / "celerybeat-schedule")
    return (
        (
            *_generation_workers(configuration),
            Program("default worker", _worker("default", 4, "-Q", "default"), 0, {"PORTAL_WORKER_MODEL": ""}),
        ),
        (Program("web", (*web, *web_options)),),
        (Program("scheduler", _celery("beat", "-s", schedule, "--pidfile=", "-l", "INFO")),),
    )


def preparations(configuration: Configuration) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What has to be done before the programs start: a label and a command each."""
    # The checks read every view and take more than a second; the tests run them.
    migrate = (sys.executable, "manage.py", "migrate", "--no-input", "--skip-checks")
    load_demo = (sys.executable, "manage.py", "load_demo", "--skip-checks")
    steps = (("Database schema", migrate), ("Demo data", load_demo))
    return steps if configuration.with_demo else steps[:1]


class Child(Managed):
    """One program; its log is var/logs/NAME.log."""

    def __init__(self, program: Program, configuration: Configuration, environment: Mapping[str, str], listener: int):
        super().__init__(
            configuration.run_dir / f"{program.file_name}.pid",
            fresh_log(configuration.logs / f"{program.file_name}.log"),
        )
        self.name = program.name
        self._program = program
        self._environment = {**environment, **program.environment}
        self._listener = listener

    def start(self) -> None:
        self.process = spawn(
            [word.replace(LISTENER, str(self._listener)) for word in self._program.command],
            log=self.log_file,
            pid_file=self.pid_file,
            environment=self._environment,
            folder=REPOSITORY,
            niceness=self._program.niceness,
            pass_fds=(self._listener,) if LISTENER in self._program.command else (),
        )


def fresh_log(file: Path) -> Path:
    """`file`, put aside as NAME.log.1 when it has grown too long."""
    if file.exists() and file.stat().st_size > LARGEST_LOG:
        os.replace(file, file.with_name(f"{file.name}.1"))
    return file
