from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def passable_folder() -> Iterator[Path]:
    """A short folder that every account may pass through; pytest's own belongs to the caller alone."""
    folder = Path(tempfile.mkdtemp(prefix="p-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def base() -> Iterator[Path]:
    with passable_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared_base() -> Iterator[Path]:
    """For tests that may find the data of the test before: making a cluster takes most of a second."""
    with passable_folder() as folder:
        yield folder
