"""Where the servers' files lie: under var/, unless their account cannot get there or a socket's path is too long."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from aigc_portal.services.account import Account
from aigc_portal.services.errors import DataUnusable

STATE = Path("/var/lib/aigc-portal")  # for root alone, and only where its servers cannot read what root reads
LONGEST_SOCKET_PATH = 107  # bytes, the size of sun_path less its terminating zero
PASSABLE = 0o711


def make_folder(folder: Path, mode: int) -> Path:
    """Create `folder` with exactly this mode; an existing one keeps its rights."""
    if not folder.exists():
        make_folder(folder.parent, PASSABLE)
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    return folder


def make_private(folder: Path, account: Account) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    if not account.is_ours:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def data_folder(wanted: Path, account: Account, *, lasting: bool, build: Callable[[Path], object]) -> Path:
    """The folder behind `wanted`, made by `build` in one step if there is none yet.

    Where `account` cannot reach `wanted`, that becomes a link to a folder in STATE, which survives a reboot;
    data that need not last goes into the temporary folder.
    """
    if wanted.is_symlink() or wanted.exists():
        return _existing(wanted, account)
    make_folder(wanted.parent, PASSABLE)
    reachable = account.can_enter(wanted.parent)
    if reachable:
        prefix, place = f".{wanted.name}-new-", wanted.parent
        for cut_off in place.glob(f"{prefix}*"):
            shutil.rmtree(cut_off, ignore_errors=True)
    else:
        prefix, place = f"{wanted.name}-", make_folder(STATE, 0o755) if lasting else _temporary_place(account)
    draft = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    try:
        build(draft)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    if reachable:
        draft.rename(wanted)
    else:
        wanted.symlink_to(draft)
    return wanted.resolve()


def _existing(wanted: Path, account: Account) -> Path:
    real = wanted.resolve()
    if not real.is_dir():
        raise DataUnusable(
            f"{wanted} leads to {real}, which is not there. Bring it back, or remove {wanted} to begin anew."
        )
    if not account.can_enter(real):
        raise DataUnusable(f"User {account.uid} cannot enter {real}: it belongs to user {real.stat().st_uid}.")
    return real


def socket_folder(wanted: Path, account: Account, socket_name: str) -> Path:
    """A folder that only `account` may enter, for a socket of this name: `wanted`, else a short temporary one.

    The temporary one is found again through the link `wanted`, and only trusted while it belongs to `account`:
    after a reboot anybody could have made a folder of its name.
    """
    wanted = make_folder(wanted.parent, PASSABLE).resolve() / wanted.name
    if not wanted.is_symlink():
        if _fits(wanted, socket_name) and account.can_enter(wanted.parent):
            return make_private(wanted, account)
        if wanted.exists():
            shutil.rmtree(wanted)
    elif _is_private(Path(os.readlink(wanted)), account):
        return Path(os.readlink(wanted))
    wanted.unlink(missing_ok=True)
    short = Path(tempfile.mkdtemp(prefix="portal-", dir=_temporary_place(account, socket_name)))
    make_private(short, account)
    wanted.symlink_to(short)
    return short


def _fits(folder: Path, socket_name: str) -> bool:
    return len(os.fsencode(folder / socket_name)) <= LONGEST_SOCKET_PATH


def _is_private(folder: Path, account: Account) -> bool:
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    return status.st_uid == account.uid and status.st_mode == 0o040700


def _temporary_place(account: Account, socket_name: str = "") -> Path:
    for place in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - mkdtemp makes the folder in it
        if account.can_enter(place) and _fits(place / "portal-12345678", socket_name):
            return place
    raise DataUnusable(f"No temporary folder that user {account.uid} can enter and whose path is short enough.")


def remove(path: Path) -> None:
    """Remove a file, or a folder with, where it is a link that we made, what it leads to."""
    if path.is_symlink():
        shutil.rmtree(path.resolve(), ignore_errors=True)
    elif path.is_dir():
        shutil.rmtree(path)
        return
    path.unlink(missing_ok=True)
