"""All files of a data set as one zip, made while it is sent; the same data set gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, cast
from zipfile import ZIP_STORED, ZipFile, ZipInfo

LONG_AGO = (1980, 1, 1, 0, 0, 0)
BLOCK = 64 * 1024


class Sink:
    """Takes what ZipFile writes until somebody asks for it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """ZipFile asks for it; there is nothing to do."""

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def zipped(files: Iterable[tuple[str, Callable[[], BinaryIO]]]) -> Iterator[bytes]:
    """The zip's bytes in blocks, from (name, opener) in this order.

    Stored, not deflated: compressed bytes differ between versions of zlib.
    """
    sink = Sink()
    with ZipFile(cast(BinaryIO, sink), "w", ZIP_STORED) as archive:
        for name, open_source in files:
            entry = ZipInfo(name, LONG_AGO)
            entry.external_attr = 0o644 << 16
            with open_source() as source, archive.open(entry, "w", force_zip64=True) as target:
                while block := source.read(BLOCK):
                    target.write(block)
                    yield sink.take()
    yield sink.take()
