"""Lines into one file, hashed and counted on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from review.datasets.manifest import DataFile


class RowWriter:
    def __init__(self, name: str, file: BinaryIO) -> None:
        self._name = name
        self._file = file
        self._hash = hashlib.sha256()
        self._rows = 0
        self._size = 0

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Self]:
        with path.open("wb") as file:
            yield cls(path.name, file)

    def write(self, line: bytes) -> None:
        self._file.write(line)
        self._hash.update(line)
        self._rows += 1
        self._size += len(line)

    def described(self) -> DataFile:
        return DataFile(self._name, self._rows, self._size, self._hash.hexdigest())
