"""Secrets that a first start makes up, one 0600 file each."""

import os
import secrets
import tempfile
from pathlib import Path


def read_or_create(file: Path) -> str:
    """The secret in `file`; a fresh one is written in one step, and of two writers at once the first wins."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.parent.chmod(0o700)
        handle, draft = tempfile.mkstemp(dir=file.parent)  # mkstemp gives 0600
        with os.fdopen(handle, "w") as output:
            output.write(secrets.token_urlsafe(64))
            output.flush()
            os.fsync(handle)
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    return file.read_text().strip()
