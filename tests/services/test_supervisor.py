from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psycopg
import pytest

from aigc_portal.services.folders import make_folder
from aigc_portal.services.lock import PortalLock, Running
from aigc_portal.services.process import Identity, end, identify, recorded
from aigc_portal.services.supervisor import is_ready

NAMES = {"postgres", "valkey", "worker", "web", "scheduler"}


class Portal:
    """The portal with stand-in programs, as a process of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.started: list[subprocess.Popen[str]] = []
        self.outside: dict[str, str] = {}  # servers that run already

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        return {
            **kept,
            **self.outside,
            "PORTAL_VAR": str(self.var),
            "PORTAL_PORT": str(self.port),
            "PORTAL_HOST": "127.0.0.1",
        }

    def start(self, *broken: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.stand_in_portal", *broken],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def start_and_wait(self) -> subprocess.Popen[str]:
        process = self.start()
        eventually(lambda: (running := self.running()) is not None and running.ready)
        return process

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "aigc_portal.services", *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)

    def running(self) -> Running | None:
        return PortalLock(self.var / "run").holder()

    def processes(self) -> dict[str, Identity]:
        files = {file.stem: recorded(file) for file in (self.var / "run").glob("*.pid")}
        return {name: process for name, process in files.items() if process}


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def all_dead(processes: dict[str, Identity]) -> bool:
    return all(identify(process.pid) != process for process in processes.values())


def read(stream: IO[str] | None) -> str:
    assert stream
    return stream.read()


@pytest.fixture
def portal(shared_base: Path) -> Iterator[Portal]:
    yield from portal_in(shared_base / "var")


@pytest.fixture
def fresh_portal(base: Path) -> Iterator[Portal]:
    yield from portal_in(base / "var")


def portal_in(var: Path) -> Iterator[Portal]:
    portal = Portal(var)
    yield portal
    for process in portal.started:
        if identity := identify(process.pid):
            end(identity, first=signal.SIGTERM, patience=20)
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_ctrl_c_ends_everything_in_order(portal: Portal) -> None:
    make_folder(portal.var / "secrets", 0o700)
    account = {"role": "reviewer", "email": "bo@example.com", "password": "a password"}
    (portal.var / "secrets" / "demo_signins.json").write_text(json.dumps([account]))
    supervisor = portal.start_and_wait()
    processes = portal.processes()
    assert set(processes) == NAMES
    os.killpg(supervisor.pid, signal.SIGINT)  # as a terminal does: the whole foreground group
    output = read(supervisor.stdout)
    assert supervisor.wait() == 0
    assert all_dead(processes)
    assert f"http://127.0.0.1:{portal.port}" in output
    assert "reviewer  bo@example.com  a password" in output
    assert "ended (" not in output
    assert not portal.processes()
    assert portal.running() is None


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads the environment of a process from /proc")
def test_servers_that_are_named_are_used_and_none_is_started(fresh_portal: Portal) -> None:
    fresh_portal.outside = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    fresh_portal.start_and_wait()
    processes = fresh_portal.processes()
    assert set(processes) == NAMES - {"postgres", "valkey"}
    environment = Path(f"/proc/{processes['web'].pid}/environ").read_bytes().split(b"\0")
    for name, url in fresh_portal.outside.items():
        assert f"{name}={url}".encode() in environment


def test_after_kill_9_of_the_supervisor_all_are_dead_and_nothing_is_lost(portal: Portal) -> None:
    supervisor = portal.start_and_wait()
    processes = portal.processes()
    running = portal.running()
    assert running
    with psycopg.connect(running.urls["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    supervisor.kill()
    supervisor.wait()
    eventually(lambda: all_dead(processes))
    portal.start_and_wait()
    running = portal.running()
    assert running
    with psycopg.connect(running.urls["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_after_kill_9_of_everything_the_next_start_is_clean(portal: Portal) -> None:
    supervisor = portal.start_and_wait()
    supervisor.send_signal(signal.SIGSTOP)
    for process in portal.processes().values():
        os.kill(process.pid, signal.SIGKILL)
    supervisor.kill()
    supervisor.wait()
    portal.start_and_wait()
    assert set(portal.processes()) == NAMES


def test_a_second_start_says_that_it_runs_and_where(portal: Portal) -> None:
    portal.start_and_wait()
    second = portal.start()
    output = read(second.stdout)
    assert second.wait() == 0
    assert output == f"The portal runs already: http://127.0.0.1:{portal.port}\n"
    assert set(portal.processes()) == NAMES


def test_a_busy_port_is_named_before_anything_starts(portal: Portal) -> None:
    with socket.create_server(("127.0.0.1", portal.port)):
        process = portal.start()
        output = read(process.stdout)
    assert process.wait() == 1
    assert f"Port {portal.port} on 127.0.0.1 is busy" in output
    assert "PORTAL_PORT" in output
    assert "PostgreSQL" not in output


def test_what_dies_is_started_again_and_no_connection_is_refused(portal: Portal) -> None:
    portal.start_and_wait()
    before = portal.processes()
    for name in ("web", "postgres", "valkey", "worker"):
        os.kill(before[name].pid, signal.SIGKILL)
    eventually(lambda: all_dead({"web": before["web"]}))  # what it had accepted dies with it
    with socket.create_connection(("127.0.0.1", portal.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
    eventually(lambda: set(portal.processes()) == NAMES)
    after = portal.processes()
    assert {name for name in NAMES if before[name] != after[name]} == {"web", "postgres", "valkey", "worker"}
    running = portal.running()
    assert running
    with psycopg.connect(running.urls["DATABASE_URL"]) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("broken", ["web", "prepare"])
def test_a_failing_start_shows_the_log_and_leaves_nothing(portal: Portal, broken: str) -> None:
    process = portal.start(broken)
    output = read(process.stdout)
    assert process.wait() == 1
    assert "    the settings are wrong" in output
    assert str(portal.var / "logs") in output
    assert not portal.processes()


def test_a_broken_worker_keeps_the_rest_running(portal: Portal) -> None:
    supervisor = portal.start("worker")
    eventually(lambda: is_ready(f"http://127.0.0.1:{portal.port}"))
    time.sleep(0.5)
    supervisor.terminate()
    output = read(supervisor.stdout)
    assert supervisor.wait() == 0
    assert "worker ended (exit status 1); it starts again in 1 s" in output


def test_other_terminals_ask_and_stop(portal: Portal) -> None:
    assert portal.command("status").returncode == 1
    supervisor = portal.start_and_wait()
    processes = portal.processes()
    asked = portal.command("status")
    assert asked.returncode == 0
    assert f"ready: http://127.0.0.1:{portal.port}" in asked.stdout
    refused = portal.command("reset", "--yes")
    assert refused.returncode == 1
    assert "make stop" in refused.stderr
    assert portal.command("stop").stdout == "The portal has stopped.\n"
    assert supervisor.wait(1) == 0
    assert all_dead(processes)
    assert portal.command("stop").stdout == "The portal is not running.\n"


def test_reset_asks_and_keeps_models(fresh_portal: Portal) -> None:
    model = fresh_portal.var / "models" / "weights"
    model.parent.mkdir(parents=True)
    model.write_text("")
    fresh_portal.var.chmod(0o711)
    fresh_portal.start_and_wait()
    fresh_portal.command("stop")
    assert "Nothing was deleted" in fresh_portal.command("reset").stdout
    assert (fresh_portal.var / "postgres").exists()
    assert fresh_portal.command("reset", "--yes").returncode == 0
    assert [path.name for path in fresh_portal.var.iterdir()] == ["models"]


def test_a_port_that_is_none_is_named(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "port", "http")
    assert "PORTAL_PORT is 'http'" in portal.command("status").stderr
