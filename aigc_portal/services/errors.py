"""ServiceError: something keeps the portal from starting; its text tells a person what to do.

ServiceError
├── BinariesMissing   no program to start was found
├── DataUnusable      the data folder cannot be used by this program or this user
├── StartFailed       a program ended, or did not get ready in time; carries the end of its log
└── PortBusy          another program listens on the address
"""

from pathlib import Path


class ServiceError(Exception):
    """The message is shown as it is, without a traceback."""


class BinariesMissing(ServiceError):
    pass


class DataUnusable(ServiceError):
    pass


class PortBusy(ServiceError):
    pass


class StartFailed(ServiceError):
    """`what` happened, followed by the end of `log`."""

    def __init__(self, what: str, log: Path) -> None:
        super().__init__(f"{what}\nThe end of {log}:\n{log_tail(log)}")


def log_tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, indented; a sentence when there is nothing in it."""
    try:
        text = log.read_bytes()[-20_000:].decode(errors="replace")
    except OSError:
        text = ""
    return "\n".join("    " + line for line in text.splitlines()[-lines:]) or "    (it is empty)"
