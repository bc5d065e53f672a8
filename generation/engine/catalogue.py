"""Which models there are, where they lie, and how to get them.

    python -m generation.engine.catalogue list
    python -m generation.engine.catalogue fetch NAME
    python -m generation.engine.catalogue path NAME

NAME is a name of the catalogue, a folder of safetensors, a .gguf file, or a hub repository (owner/name or
owner/name@revision).
"""

import argparse
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from generation.engine.entries import Entry, HubSource, read_entries
from generation.engine.errors import EngineError, ModelUnknown, WeightsMissing
from generation.engine.fetching import PROJECT, convert_file, fetch_entry, fetch_hub
from generation.engine.weights import ModelFolder, sha256_of, verify

DEFAULT_MODEL = "smollm2-135m-instruct"
HUB_NAME = re.compile(r"(?P<repository>\w[\w.-]*/\w[\w.-]*?)(?:@(?P<revision>[\w.-]+))?", re.ASCII)


def resolve(spec: str, models: Path) -> ModelFolder:
    """Return the folder that `spec` names, without fetching anything.

    Raises ModelUnknown for a name that means nothing, WeightsMissing for a model that has to be fetched first.
    """
    entry = read_entries().get(spec)
    if entry is not None:
        places = [models / source.name for source in entry.sources]
    elif spec and (local := Path(spec).expanduser()).is_dir():
        return ModelFolder.at(local.resolve())
    elif spec.endswith(".gguf") and (local := Path(spec).expanduser()).is_file():
        places = [models / name_of_file(local)]
    else:
        places = [models / hub_source(spec).name]
    for place in places:
        if place.is_dir():
            return ModelFolder.at(place)
    raise WeightsMissing(f"The model {spec} is not on this machine yet. Fetch it with: make model NAME={spec}")


def fetch(spec: str, models: Path, say: Callable[[str], None]) -> ModelFolder:
    """Return the model that `spec` names, fetched or converted where it is not there yet; `say` gets progress lines.

    What is there is verified byte by byte, and fetched again where it is damaged.
    """
    entry = read_entries().get(spec)
    if entry is not None:
        return fetch_entry(entry, models, say)
    local = Path(spec).expanduser()
    if spec and local.is_dir():
        folder = ModelFolder.at(local.resolve())
        verify(folder)
        return folder
    if spec.endswith(".gguf") and local.is_file():
        return convert_file(local.resolve(), name_of_file(local), models, say)
    return fetch_hub(hub_source(spec), models, say)


def hub_source(spec: str) -> HubSource:
    """Return the hub repository that `spec` names; raises ModelUnknown where it is no such name."""
    match = HUB_NAME.fullmatch(spec)
    if match is None:
        known = ", ".join(read_entries())
        raise ModelUnknown(
            f"{spec!r} is no model of the catalogue ({known}), no folder, no .gguf file and no hub name."
        )
    name = spec.replace("/", "--").lower()
    return HubSource(name, match["repository"], match["repository"], match["revision"] or "main")


def name_of_file(gguf: Path) -> str:
    """Return the folder name of a converted file: another file of the same name has another one."""
    return f"{gguf.stem.lower()}-{sha256_of(gguf)[:12]}"


def default_models_dir() -> Path:
    """Return the folder `models` under PORTAL_VAR, by default under var/ of the project."""
    return Path(os.environ.get("PORTAL_VAR") or PROJECT / "var") / "models"


def line_of(entry: Entry, models: Path) -> str:
    """Return the entry as `list` prints it."""
    here = [source.title for source in entry.sources if (models / source.name).is_dir()]
    size = f"{entry.parameters / 1e6:.0f}M"
    state = f"fetched: {here[0]}" if here else "not fetched"
    return f"{entry.name:24} {size:>6}  {','.join(entry.languages):8} {entry.licence:11} {state}"


def main(arguments: list[str]) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="catalogue", description="The models that the portal can use.")
    parser.add_argument("command", choices=["list", "fetch", "path"])
    parser.add_argument("name", nargs="?", default=DEFAULT_MODEL)
    parser.add_argument("--models-dir", type=Path, default=default_models_dir())
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "list":
            for entry in read_entries().values():
                say(line_of(entry, chosen.models_dir))
        elif chosen.command == "fetch":
            fetch(chosen.name, chosen.models_dir, say)
        else:
            say(str(resolve(chosen.name, chosen.models_dir).path))
    except EngineError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
