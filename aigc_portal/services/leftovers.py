"""What a killed portal may have left running, found by the pid files under var/run."""

import signal
from pathlib import Path

from aigc_portal.services.process import end, recorded


def end_leftovers(run_dir: Path) -> None:
    """End them; call it only while no portal runs on the folder.

    Linux ends them with their supervisor already. PostgreSQL comes last: the others write to it.
    """
    files = sorted(run_dir.glob("*.pid"), key=lambda file: file.name == "postgres.pid")
    for file in files:
        if process := recorded(file):
            end(process, first=signal.SIGINT, patience=10)
        file.unlink(missing_ok=True)
