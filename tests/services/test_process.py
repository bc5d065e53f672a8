from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from aigc_portal.services.process import Identity, end, identify, plain_environment, recorded, spawn

PARENT = """
import signal, sys
from pathlib import Path
from aigc_portal.services.process import plain_environment, spawn
folder = Path(sys.argv[1])
child = spawn(["sleep".join(["/bin/", ""]), "60"], log=folder / "log", pid_file=folder / "pid",
              environment=plain_environment(), folder=folder)
print(child.pid, flush=True)
signal.pause()
"""


def gone(pid: int, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while identify(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return identify(pid) is None


def sleeper(folder: Path) -> subprocess.Popen[bytes]:
    return spawn(
        ["/bin/sleep", "60"],
        log=folder / "log",
        pid_file=folder / "sleep.pid",
        environment=plain_environment(),
        folder=folder,
    )


def test_a_zombie_is_dead(tmp_path: Path) -> None:
    child = sleeper(tmp_path)
    child.kill()
    assert gone(child.pid)
    assert Path(f"/proc/{child.pid}").exists() or sys.platform != "linux"
    child.wait()


def test_a_child_has_a_session_of_its_own(tmp_path: Path) -> None:
    child = sleeper(tmp_path)
    try:
        assert os.getsid(child.pid) == child.pid
        assert (process := recorded(tmp_path / "sleep.pid"))
        assert process.pid == child.pid
    finally:
        child.kill()
        child.wait()


def test_a_record_of_another_process_is_not_believed(tmp_path: Path) -> None:
    file = tmp_path / "some.pid"
    file.write_text(f'[{os.getpid()}, "another boot/1"]')
    assert recorded(file) is None
    file.write_text("[12")
    assert recorded(file) is None


def test_end_spares_a_later_process_with_the_same_number() -> None:
    with subprocess.Popen(["sleep", "60"]) as bystander:
        end(Identity(bystander.pid, "another boot/1"), first=signal.SIGKILL, patience=0)
        assert bystander.poll() is None
        bystander.kill()


def test_end_kills_who_does_not_listen() -> None:
    deaf = [
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)",
    ]
    with subprocess.Popen(deaf, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout
        process.stdout.readline()
        identity = identify(process.pid)
        assert identity
        end(identity, first=signal.SIGTERM, patience=0.2)
        assert process.wait() == -signal.SIGKILL


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert identify(child)
        parent.kill()
    assert gone(child)
