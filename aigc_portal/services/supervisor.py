"""Starts the portal's parts in order, keeps them running, and stops them in the reverse order."""

import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from types import FrameType
from urllib.parse import urlsplit

from aigc_portal.services.children import Child, Program, fresh_log
from aigc_portal.services.configuration import REPOSITORY, Configuration
from aigc_portal.services.console import say, step, table
from aigc_portal.services.errors import ServiceError, StartFailed, log_tail
from aigc_portal.services.folders import make_folder
from aigc_portal.services.leftovers import end_leftovers
from aigc_portal.services.listener import listen
from aigc_portal.services.lock import PortalLock
from aigc_portal.services.managed import Managed, end_together
from aigc_portal.services.postgres import PostgresServer
from aigc_portal.services.process import spawn
from aigc_portal.services.secret import read_or_create
from aigc_portal.services.valkey import ValkeyServer

LONGEST_PAUSE = 30.0  # seconds between two starts of a program that keeps ending
STEADY = 60.0  # seconds after which a program counts as healthy again
READY_SECONDS = 180.0
TICK = 0.1
AFTER_DRAIN = 2.0  # seconds that a worker has to give back what it could not finish


class Stopped(Exception):
    """A signal asks the portal to end."""


@dataclass
class Restarts:
    """When a program may start again: 1, 2, 4 … seconds after it ended."""

    pause: float = 0.5
    due: float | None = None
    began: float = field(default_factory=time.monotonic)

    def plan(self) -> float:
        now = time.monotonic()
        self.pause = 1.0 if now - self.began > STEADY else min(self.pause * 2, LONGEST_PAUSE)
        self.due = now + self.pause
        return self.pause

    def is_due(self) -> bool:
        return self.due is not None and time.monotonic() >= self.due

    def done(self) -> None:
        self.due, self.began = None, time.monotonic()


class Supervisor:
    """One run of the portal. `run()` returns when it was asked to end and everything has ended."""

    def __init__(
        self,
        configuration: Configuration,
        programs: Sequence[Sequence[Program]],
        preparations: Sequence[tuple[str, Sequence[str]]],
    ) -> None:
        self.configuration = configuration
        self.programs = programs
        self.preparations = preparations
        self.lock = PortalLock(configuration.run_dir)
        self.servers: list[PostgresServer | ValkeyServer] = []
        self.groups: list[list[Child]] = []
        self.restarts: dict[str, Restarts] = {}
        self.signals = 0

    def run(self) -> int:
        """0 when it ran and was stopped, or runs already; raises ServiceError when it cannot start."""
        with self.lock.held() as is_ours:
            if not is_ours:
                holder = self.lock.holder()
                say(f"The portal runs already: {holder.address}" if holder else "The portal is starting already.")
                return 0
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) != signal.SIG_IGN:  # nohup
                    signal.signal(number, self._note_signal)
            with listen(self.configuration) as listener:
                try:
                    self._start(listener.fileno())
                    self._watch()
                except Stopped:
                    pass
                finally:
                    self._stop()
                    self.lock.forget()
        return 0

    def _note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.signals += 1

    def _pause(self, seconds: float = TICK) -> None:
        time.sleep(seconds)
        if self.signals:
            raise Stopped

    # --- start

    def _start(self, listener: int) -> None:
        began = time.monotonic()
        say("Starting the portal")
        self.lock.tell(self.configuration.address, {}, ready=False)
        make_folder(self.configuration.logs, 0o700)
        end_leftovers(self.configuration.run_dir)
        read_or_create(self.configuration.var / "secrets" / "secret_key")
        urls = self._start_servers()
        self.lock.tell(self.configuration.address, urls, ready=False)
        environment = {**os.environ, **urls, "PORTAL_VAR": str(self.configuration.var), "PYTHONUNBUFFERED": "1"}
        for label, command in self.preparations:
            with step(label):
                self._prepare(label, command, environment)
        with step("Web server, workers and scheduler"):
            for group in self.programs:
                self.groups.append([Child(program, self.configuration, environment, listener) for program in group])
                for child in self.groups[-1]:
                    child.start()
            self._wait_until_ready()
        self.lock.tell(self.configuration.address, urls, ready=True)
        self._welcome(time.monotonic() - began)

    def _start_servers(self) -> dict[str, str]:
        places = self.configuration
        known: tuple[tuple[str, PostgresServer | ValkeyServer], ...] = (
            (
                "DATABASE_URL",
                PostgresServer(places.var / "postgres", places.run_dir, log_file=places.logs / "postgres.log"),
            ),
            ("REDIS_URL", ValkeyServer(places.var / "valkey", places.run_dir, log_file=places.logs / "valkey.log")),
        )
        urls = {}
        for variable, server in known:
            if os.environ.get(variable):
                say(f"  {server.name}: the server in {variable}")
                continue
            fresh_log(server.log_file)
            server.pause = lambda: self._pause(0.02)
            with step(server.name):
                self.servers.append(server)
                urls[variable] = server.start()
            if server.data_dir.is_symlink():
                say(f"    keeps its data in {server.data_dir.resolve()}: it runs without root's rights")
        return urls

    def _prepare(self, label: str, command: Sequence[str], environment: dict[str, str]) -> None:
        log = fresh_log(self.configuration.logs / "prepare.log")
        pid_file = self.configuration.run_dir / "prepare.pid"
        process = spawn(command, log=log, pid_file=pid_file, environment=environment, folder=REPOSITORY)
        try:
            while process.poll() is None:
                self._pause()
        finally:
            process.kill()
            process.wait()
            pid_file.unlink(missing_ok=True)
        if process.returncode:
            raise StartFailed(f"{label}: {' '.join(command[1:])} failed.", log)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        web = next(child for group in self.groups for child in group if child.name == "web")
        patience = 1.0
        while not is_ready(self.configuration.address, patience):
            self._pause()
            patience = min(patience + 1, 5)
            if web.pid is None:
                raise StartFailed(f"The web server ended ({web.ended_by}).", web.log_file)
            if time.monotonic() > deadline:
                raise StartFailed(f"The portal was not ready after {READY_SECONDS:.0f} s.", web.log_file)
            self._keep_running()

    def _welcome(self, seconds: float) -> None:
        say(f"\nThe portal is ready after {seconds:.1f} s:  {self.configuration.address}")
        if self.configuration.with_demo and self.configuration.sign_ins.exists():
            accounts = json.loads(self.configuration.sign_ins.read_text())
            say("\n  Demo sign-ins")
            table([(account["role"], account["email"], account["password"]) for account in accounts])
        say(f"\n  Logs: {self.configuration.logs}    Stop: Ctrl-C, or `make stop` in another terminal\n")

    # --- run

    def _watch(self) -> None:
        while True:
            self._pause()
            self._keep_running()

    def _keep_running(self) -> None:
        managed: list[Managed] = [*self.servers, *(child for group in self.groups for child in group)]
        for program in managed:
            restarts = self.restarts.setdefault(program.name, Restarts())
            if program.pid is None and restarts.due is None:
                pause = restarts.plan()
                say(f"{program.name} ended ({program.ended_by}); it starts again in {pause:.0f} s: {program.log_file}")
                if program.failed:
                    say(log_tail(program.log_file, lines=5))
            elif program.pid is None and restarts.is_due():
                restarts.done()
                self._start_again(program)

    def _start_again(self, program: Managed) -> None:
        try:
            program.start()
        except ServiceError as error:
            say(str(error))
        else:
            say(f"{program.name} runs again.")

    # --- stop

    def _stop(self) -> None:
        """Scheduler, web, workers, Valkey, PostgreSQL."""
        say("\nStopping the portal")
        patience = self.configuration.drain_seconds + AFTER_DRAIN
        for group in reversed(self.groups):
            end_together(*group, first=signal.SIGTERM, patience=patience)
        for server in reversed(self.servers):
            server.stop()
        say("Everything has ended.")


def is_ready(address: str, seconds: float = 5) -> bool:
    """Whether GET /health/ready answers 200 in time, asked as by a proxy on this machine that speaks TLS."""
    place = urlsplit(address)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=seconds)
    try:
        connection.request("GET", "/health/ready", headers={"Host": "localhost", "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
