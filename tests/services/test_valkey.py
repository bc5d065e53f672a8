from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from aigc_portal.services.valkey import ValkeyServer


@pytest.fixture
def server(base: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(base / "valkey", base / "run")
    yield server
    server.stop()


def test_keeps_everything_and_evicts_nothing(server: ValkeyServer) -> None:
    with redis.Redis.from_url(server.start()) as client:
        settings = client.config_get("*")
    assert {name: settings[name] for name in ("appendonly", "appendfsync", "maxmemory-policy", "port", "save")} == {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "port": "0",
        "save": "",
    }


def test_listens_on_a_private_unix_socket(server: ValkeyServer) -> None:
    server.start()
    folder = (server.run_dir / "valkey").resolve()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "valkey.sock").stat().st_mode & 0o777 == 0o700


def test_messages_survive_kill_9(server: ValkeyServer) -> None:
    with redis.Redis.from_url(server.start()) as client:
        client.rpush("queue", *range(100))
    assert server.pid
    assert server.process
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    with redis.Redis.from_url(server.start()) as client:
        assert client.llen("queue") == 100


def test_an_unrelated_process_with_the_old_number_lives_on(server: ValkeyServer) -> None:
    server.start()
    server.stop()
    with subprocess.Popen(["sleep", "60"]) as bystander:
        server.pid_file.write_text(f'[{bystander.pid}, "another boot/1"]')
        server.start()
        assert bystander.poll() is None
        bystander.kill()


def test_throw_away_data_is_gone_after_the_stop(base: Path) -> None:
    server = ValkeyServer(base / ("long" * 30) / "valkey", base / "run", durable=False)
    with redis.Redis.from_url(server.start()) as client:
        assert client.config_get("appendonly")["appendonly"] == "no"
    server.stop()
    assert server.pid is None
    assert not server.data_dir.exists()
