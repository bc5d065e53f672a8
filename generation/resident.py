"""The one engine of a worker process: loaded in the background, asked for by every task."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.module_loading import import_string

from generation import engine_status
from generation.engine.errors import EngineError
from generation.engine.types import Engine
from generation.engine_status import EngineStatus

logger = logging.getLogger(__name__)

REPEAT_SECONDS = 10.0
RETRY_SECONDS = 2.0


class Resident:
    """Holds the engine and tells the web what it is doing. Once `draining` is set, runs stop and are given back."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._status = EngineStatus("starting", settings.PORTAL_MODEL)
        self._stopping = threading.Event()
        self.draining = threading.Event()

    @property
    def engine(self) -> Engine | None:
        """The engine, or None while it loads and after it failed to."""
        return self._engine

    def start(self, *, register: Callable[[Engine], None], announce: Callable[[], None]) -> None:
        """Load in a thread and keep the status fresh in another.

        `register` runs before the engine may be used, and again while the database does not answer; `announce` after.
        """
        threading.Thread(target=self._repeat_status, name="engine-status", daemon=True).start()
        threading.Thread(target=self._load, args=(register, announce), name="engine-load", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def _tell(self, status: EngineStatus) -> None:
        self._status = status
        try:
            engine_status.report(status)
        except Exception as error:  # the broker may be away; the next repeat tells it
            logger.warning("engine status not told: %s", error)

    def _repeat_status(self) -> None:
        while not self._stopping.wait(REPEAT_SECONDS):
            self._tell(self._status)

    def _say_progress(self, line: str) -> None:
        logger.info("%s", line)
        self._tell(EngineStatus("loading", settings.PORTAL_MODEL, detail=line))

    def _load(self, register: Callable[[Engine], None], announce: Callable[[], None]) -> None:
        self._tell(EngineStatus("loading", settings.PORTAL_MODEL))
        try:
            load = import_string(settings.GENERATION_ENGINE)
            engine: Engine = load(settings.PORTAL_MODEL, Path(settings.MODELS_DIR), self._say_progress)
            while not registered(engine, register):
                if self._stopping.wait(RETRY_SECONDS):
                    return
            self._engine = engine
        except EngineError as error:
            logger.error("model %s not loaded: %s: %s", settings.PORTAL_MODEL, error.code, error)
            self._tell(EngineStatus("failed", settings.PORTAL_MODEL, error.code, str(error)))
        except Exception as error:
            logger.exception("model %s not loaded", settings.PORTAL_MODEL)
            self._tell(EngineStatus("failed", settings.PORTAL_MODEL, "internal_error", type(error).__name__))
        else:
            self._tell(EngineStatus("ready", engine.info.model, device=engine.info.device))
            logger.info("model %s is ready on %s", engine.info.model, engine.info.device)
            announce()


def registered(engine: Engine, register: Callable[[Engine], None]) -> bool:
    """False where the database does not answer now, or another worker registers at the same moment."""
    try:
        register(engine)
    except DatabaseError:
        logger.warning("model %s not registered yet", engine.info.model, exc_info=True)
        return False
    finally:
        connection.close()
    return True


resident = Resident()
