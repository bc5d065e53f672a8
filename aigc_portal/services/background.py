"""The portal started by another command, in a session of its own, so that it outlives that command."""

import subprocess
import sys
import time

from aigc_portal.services.configuration import REPOSITORY, Configuration
from aigc_portal.services.console import say
from aigc_portal.services.errors import StartFailed
from aigc_portal.services.folders import make_folder
from aigc_portal.services.lock import PortalLock, Running

TICK = 0.2


def start_in_background(configuration: Configuration, lock: PortalLock) -> Running:
    """Returns when it is ready, showing its lines meanwhile; raises StartFailed when it ends before."""
    log = make_folder(configuration.logs, 0o700) / "portal.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "aigc_portal.services", "run"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
            start_new_session=True,
        )
    with log.open() as lines:
        while True:
            ended = process.poll() is not None
            say(lines.read(), end="")
            running = lock.holder()
            if running and running.ready:
                return running
            if ended and running is None:
                raise StartFailed("The portal did not start.", log)
            time.sleep(TICK)
