from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from aigc_portal.services import folders
from aigc_portal.services.binaries import postgres_bin
from aigc_portal.services.errors import DataUnusable
from aigc_portal.services.postgres import PostgresServer
from aigc_portal.services.process import running_in

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the account")


def system_postgres() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin/postgres"))
    return found[-1].parent if found else None


def value(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()
    return row and row[0]


@pytest.fixture
def server(shared_base: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(shared_base / "postgres", shared_base / "run")
    yield server
    server.stop()


def crash(server: PostgresServer) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    assert server.process
    server.process.wait()


def test_starts_and_stops_and_keeps_its_data(server: PostgresServer) -> None:
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE one (text text)")
        connection.execute("INSERT INTO one VALUES ('一')")
    server.stop()
    assert server.pid is None
    assert not running_in(server.data_dir.resolve(), "postgres")
    assert value(server.start(), "SELECT text FROM one") == "一"


def test_listens_on_a_private_unix_socket_only(server: PostgresServer) -> None:
    url = server.start()
    assert value(url, "SHOW listen_addresses") == ""
    folder = (server.run_dir / "postgres").resolve()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / ".s.PGSQL.5432").stat().st_mode & 0o777 == 0o700
    assert server.data_dir.stat().st_mode & 0o777 == 0o700


def test_its_role_is_no_superuser(server: PostgresServer) -> None:
    assert value(server.start(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


@as_root
def test_nobody_but_the_caller_gets_in(server: PostgresServer) -> None:
    url = server.start()
    owner = server.data_dir.stat().st_uid
    assert owner != 0
    # The server's own account may enter the folder and yet is refused.
    psql = [str(postgres_bin() / "psql"), url, "-c", "SELECT 1"]
    refused = subprocess.run(psql, user=owner, group=owner, extra_groups=[], cwd="/", capture_output=True, text=True)
    assert refused.returncode == 2
    assert "authentication failed" in refused.stderr or "could not look up local user" in refused.stderr


@pytest.mark.parametrize("source", ["wheel", "system"])
def test_trigrams_find_chinese(base: Path, source: str) -> None:
    bin_folder = postgres_bin() if source == "wheel" else system_postgres()
    if bin_folder is None:
        pytest.skip("no PostgreSQL is installed on this system")
    server = PostgresServer(base / "postgres", base / "run", durable=False, bin_folder=bin_folder)
    try:
        url = server.start()
        with psycopg.connect(url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
        assert value(url, "SELECT cardinality(show_trgm('中文测试'))") == 5
        similarity = value(url, "SELECT similarity('中文测试', '中文')")
        assert isinstance(similarity, float)
        assert similarity > 0.3
        assert value(url, "SELECT upper('é')") == "É"
    finally:
        server.stop()
    assert not server.data_dir.exists()


def test_committed_rows_survive_kill_9_of_the_postmaster(server: PostgresServer) -> None:
    url = server.start()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE thousand AS SELECT generate_series(1, 1000)")
    idle = psycopg.connect(url)  # a backend that outlives its postmaster for a moment
    crash(server)
    assert value(server.start(), "SELECT count(*) FROM thousand") == 1000
    idle.close()


def test_committed_rows_survive_kill_9_of_every_process(server: PostgresServer) -> None:
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE another_thousand AS SELECT generate_series(1, 1000)")
    for process in running_in(server.data_dir.resolve(), "postgres"):
        os.kill(process.pid, signal.SIGKILL)
    assert server.process
    server.process.wait()
    assert value(server.start(), "SELECT count(*) FROM another_thousand") == 1000


def test_a_forgotten_server_is_ended_first(server: PostgresServer) -> None:
    server.start()
    forgotten = server.process
    second = PostgresServer(server.data_dir, server.run_dir)
    try:
        assert value(second.start(), "SELECT 1") == 1
        assert forgotten
        assert forgotten.wait(5) == 0
    finally:
        second.stop()


def test_an_unrelated_process_with_the_old_number_lives_on(server: PostgresServer) -> None:
    server.start()
    account = server.data_dir.stat()
    crash(server)
    bystander = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"] if account.st_uid == os.geteuid() else ["sleep", "60"],
        user=account.st_uid,
        group=account.st_gid,
        cwd="/",
    )
    try:
        lock_file = server.data_dir / "postmaster.pid"
        lines = lock_file.read_text().splitlines()
        lock_file.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
        assert value(server.start(), "SELECT 1") == 1
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_long_path_gets_a_short_socket(base: Path) -> None:
    home = base / ("long" * 30)
    server = PostgresServer(home / "postgres", home / "run", durable=False)
    try:
        url = server.start()
        assert value(url, "SELECT 1") == 1
        short = (server.run_dir / "postgres").resolve()
        assert len(str(short)) < 50
        assert short.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
    assert not short.exists()


def test_a_squatted_temporary_folder_is_not_trusted(base: Path) -> None:
    home = base / ("long" * 30)
    server = PostgresServer(home / "postgres", home / "run", durable=False)
    squatted = base / "squatted"
    squatted.mkdir(mode=0o777)
    server.run_dir.mkdir(parents=True)
    (server.run_dir / "postgres").symlink_to(squatted)
    for folder in (home, server.run_dir):
        folder.chmod(0o711)
    try:
        server.start()
        assert not list(squatted.iterdir())
    finally:
        server.stop()


@as_root
def test_behind_a_closed_folder_the_data_goes_where_the_server_can_read(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "STATE", base / "state")
    closed = base / "closed"
    closed.mkdir(mode=0o700)
    server = PostgresServer(closed / "var/postgres", closed / "var/run")
    try:
        with psycopg.connect(server.start()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1")
        server.stop()
        assert server.data_dir.resolve().parent == base / "state"
        assert value(server.start(), "SELECT count(*) FROM kept") == 1
    finally:
        server.stop()
    assert closed.stat().st_mode & 0o777 == 0o700


def test_data_of_another_version_is_refused(base: Path) -> None:
    data = base / "postgres"
    data.mkdir(mode=0o700)
    (data / "PG_VERSION").write_text("9\n")
    if os.geteuid() == 0:
        os.chown(data, 65521, 65521)
    with pytest.raises(DataUnusable, match=r"made by PostgreSQL 9.*PORTAL_POSTGRES_BIN"):
        PostgresServer(data, base / "run").start()


def test_an_interrupted_creation_leaves_nothing(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (base / ".postgres-new-killed").mkdir()  # kill -9 is an interruption that nobody cleans up after

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("aigc_portal.services.postgres.create_cluster", interrupt)
    with pytest.raises(KeyboardInterrupt):
        PostgresServer(base / "postgres", base / "run").start()
    assert not list(base.iterdir())
