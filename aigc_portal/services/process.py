"""Child processes that a terminal's Ctrl-C does not reach and that do not outlive their parent."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aigc_portal.services.account import Account, own_account

LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class Identity:
    """A process, told apart from a later one with the same number."""

    pid: int
    started: str


def identify(pid: int) -> Identity | None:
    """None when there is no such process, or only a zombie: what has ended but was not waited for is dead."""
    state, started = _linux_state(pid) if sys.platform == "linux" else _ps_state(pid)
    return Identity(pid, started) if state and state not in "ZX" else None


def _linux_state(pid: int) -> tuple[str, str]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "", ""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return fields[0], f"{boot}/{fields[19]}"


def _ps_state(pid: int) -> tuple[str, str]:
    line = subprocess.run(["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True).stdout
    state, _, started = line.strip().partition(" ")
    return state[:1], started.strip()


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    pid_file: Path,
    environment: Mapping[str, str],
    folder: Path,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
    niceness: int = 0,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, its output appended to `log`; call it from the main thread.

    Linux sends the death signal when the *thread* that started the child ends.
    """
    account = account or own_account()
    numbers = (os.getpid(), death_signal.value, niceness, account.uid, account.gid)
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", LAUNCHER, *map(str, numbers), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            pass_fds=pass_fds,
        )
    identity = identify(child.pid)
    if identity is not None:
        pid_file.write_text(json.dumps([identity.pid, identity.started]))
    return child


def recorded(pid_file: Path) -> Identity | None:
    """The process that wrote or was written into the file, if it still lives."""
    try:
        pid, started = json.loads(pid_file.read_text())
    except (FileNotFoundError, ValueError):  # ValueError: cut off by a crash
        return None
    return identity if (identity := identify(pid)) == Identity(pid, started) else None


def end(*processes: Identity, first: signal.Signals, patience: float) -> None:
    """Send `first` to each; after `patience` seconds kill those left, with their groups. Returns when all are dead."""
    for process in processes:
        _signal(process, first)
    for process in _left_after(patience, processes):
        _signal(process, signal.SIGKILL)
    _left_after(10, processes)


def _signal(process: Identity, number: signal.Signals) -> None:
    if identify(process.pid) != process:
        return
    try:
        if number == signal.SIGKILL and os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, number)
        else:
            os.kill(process.pid, number)
    except ProcessLookupError:
        pass


def _left_after(patience: float, processes: Sequence[Identity]) -> list[Identity]:
    deadline = time.monotonic() + patience
    while left := [process for process in processes if identify(process.pid) == process]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return left


def running_in(folder: Path, program: str) -> list[Identity]:
    """The living processes of `program` whose working folder is `folder` (Linux only; elsewhere none)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == str(folder) and _name_of_program(entry) == program:
                found.append(identify(int(entry.name)))
        except OSError:  # ended meanwhile, or somebody else's
            continue
    return [identity for identity in found if identity is not None]


def _name_of_program(entry: Path) -> str:
    return Path(os.readlink(entry / "exe").removesuffix(" (deleted)")).name


def plain_environment() -> dict[str, str]:
    """What a server needs of our environment: none of the secrets that may be in it."""
    return {name: os.environ[name] for name in ("PATH", "TZ", "LD_LIBRARY_PATH") if name in os.environ}
