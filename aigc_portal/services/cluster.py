"""A PostgreSQL data folder: made in one step, with UTF-8, and open to one account of the system only."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path

from aigc_portal.services.account import Account, named_account
from aigc_portal.services.errors import DataUnusable, ServiceError
from aigc_portal.services.process import plain_environment

# Sorted by code point on every system; the character classes of UTF-8, without which trigrams skip Chinese.
LOCALE = ("--encoding=UTF8", "--locale=C", "--lc-ctype=C.UTF-8")
FIRST_STATEMENTS = "CREATE ROLE portal LOGIN CREATEDB\nCREATE DATABASE portal OWNER portal\n"
# Tests empty tables whose triggers forbid it.
FOR_TESTS = "GRANT SET ON PARAMETER session_replication_role TO portal\n"


def create_cluster(folder: Path, bin_folder: Path, account: Account, *, durable: bool) -> None:
    """Fill the empty `folder`: role and database `portal`, superuser `postgres`, owned by `account`."""
    # initdb wants an account with a name, the server does not.
    builder = named_account()
    _give(folder, builder)
    initdb = [str(bin_folder / "initdb"), "-D", str(folder), "-U", "postgres", "--auth=peer", *LOCALE]
    _run(initdb if durable else [*initdb, "--no-sync"], builder)
    alone = [str(bin_folder / "postgres"), "--single", "-D", str(folder), "-c", "exit_on_error=on", "postgres"]
    _run(alone, builder, FIRST_STATEMENTS if durable else FIRST_STATEMENTS + FOR_TESTS)
    _give(folder, account)


def _run(command: Sequence[str], account: Account, text: str = "") -> None:
    change = not account.is_ours
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        env=plain_environment(),
        cwd="/",
        user=account.uid if change else None,
        group=account.gid if change else None,
        extra_groups=[] if change else None,
    )
    if done.returncode:
        raise ServiceError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _give(folder: Path, account: Account) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.lstat().st_uid != account.uid:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def check_version(data: Path, bin_folder: Path) -> None:
    """Raises DataUnusable where the data was made by another major version than the programs."""
    try:
        made_by = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise DataUnusable(f"{data} is no PostgreSQL data folder. Move it away and start again.") from None
    except PermissionError:
        raise DataUnusable(f"{data} belongs to user {data.stat().st_uid}. Start the portal as that user.") from None
    version = subprocess.run([bin_folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    programs = version.stdout.split()[2]
    if programs.split(".")[0] != made_by:
        raise DataUnusable(
            f"{data} was made by PostgreSQL {made_by}, but the programs in {bin_folder} are {programs}. "
            f"Set PORTAL_POSTGRES_BIN to the programs of {made_by}, or dump with those and load into a new folder."
        )


def write_access_rules(data: Path) -> None:
    """Let in whoever runs the portal, and nobody else: the kernel names the caller, so there is no password.

    As role `portal` for the portal itself; as superuser `postgres` for repairs.
    """
    caller = pwd.getpwuid(os.geteuid()).pw_name
    _write(data / "pg_hba.conf", "local all all peer map=portal\n")
    _write(data / "pg_ident.conf", f'portal "{caller}" portal\nportal "{caller}" postgres\n')


def _write(file: Path, text: str) -> None:
    """Into the existing file, whose owner and mode stay."""
    if file.read_text() != text:
        file.write_text(text)
