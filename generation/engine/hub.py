"""Model folders that come from a model hub."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, snapshot_download

from generation.engine.entries import HubSource
from generation.engine.errors import FetchFailed
from generation.engine.room import require_room
from generation.engine.weights import Description

Say = Callable[[str], None]
SECONDS_FOR_FIRST_ANSWER = 10
SUFFIXES = (".safetensors", ".json", ".jinja", ".txt")


def fetch_folder(source: HubSource, folder: Path, say: Say) -> Description:
    """Download safetensors, config and tokenizer into `folder`, going on where an earlier attempt ended.

    Returns what the hub says about the model. Raises FetchFailed where the hub cannot be reached or lacks the model.
    """
    try:
        info: Any = HfApi().model_info(
            source.repository, revision=source.revision, files_metadata=True, timeout=SECONDS_FOR_FIRST_ANSWER
        )
    except Exception as error:  # the client raises its own, httpx' and the operating system's errors
        raise FetchFailed(f"The hub does not give {source.repository}: {first_line(error)}") from error
    wanted = {file.rfilename: file.size or 0 for file in info.siblings if is_wanted(file.rfilename)}
    require_room(folder, sum(wanted.values()))
    say(f"Downloading {source.repository} at {info.sha[:12]}: {sum(wanted.values()) / 1e6:.0f} MB")
    try:
        snapshot_download(source.repository, revision=info.sha, local_dir=folder, allow_patterns=list(wanted))
    except Exception as error:
        raise FetchFailed(f"The download of {source.repository} broke off: {first_line(error)}") from error
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    return describe(source, info)


def describe(source: HubSource, info: Any) -> Description:
    """Return the description that the repository's card gives."""
    card = info.card_data or {}
    languages = card.get("language") or []
    return Description(
        name=source.name,
        title=source.title,
        licence=str(card.get("license") or "unknown"),
        languages=(languages,) if isinstance(languages, str) else tuple(map(str, languages)),
        source=f"{source.repository} at {info.sha} from the hub",
    )


def is_wanted(name: str) -> bool:
    """Return whether a file of the repository belongs to the model itself; nothing in a subfolder does."""
    return "/" not in name and not name.startswith(".") and name.endswith(SUFFIXES)


def first_line(error: Exception) -> str:
    """Return the first line of what the error says."""
    return (str(error).splitlines() or [type(error).__name__])[0]
