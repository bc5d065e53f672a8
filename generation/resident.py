"""The one engine of a worker process: loaded in the background, shared by all its tasks."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.utils.module_loading import import_string

from generation.canary import CanaryFailed, try_out
from generation.capacity import Admitted, Capacity
from generation.engine.errors import EngineError
from generation.engine.types import Engine
from generation.models import GenerationRun
from generation.served_models import ServedModel, read_reference
from generation.worker_report import WorkerReport

logger = logging.getLogger(__name__)

Load = Callable[[ServedModel, Path, Callable[[str], None]], Engine]

REGISTER_AGAIN_SECONDS = 2.0
ASK_AGAIN_SECONDS = 15.0


class Resident:
    """Holds the engine of one served model. Once `draining` is set, runs stop and are given back."""

    def __init__(self, served: ServedModel) -> None:
        self.served = served
        self.draining = threading.Event()
        self._asked_to_drain = threading.Event()
        self._stopping = threading.Event()
        self._report = WorkerReport(served)
        self._engine: Engine | None = None
        self._capacity: Capacity | None = None

    @property
    def engine(self) -> Engine | None:
        """The engine, or None while it loads and after it failed to."""
        return self._engine

    def start(self, worker: str, *, register: Callable[[Engine], None], announce: Callable[[], None]) -> None:
        """Load in a thread, and tell how it goes under the name `worker` in another.

        `register` runs before the engine may be used, and again while the database does not answer; `announce` after.
        """
        self._report.start(worker)
        threading.Thread(target=self._load, args=(register, announce), name="engine-load", daemon=True).start()
        threading.Thread(target=self._drain, name="engine-drain", daemon=True).start()

    def admitted(self, claim: Callable[[bool], GenerationRun | None]) -> AbstractContextManager[Admitted | None]:
        """A run to execute on the engine as soon as there is room; see Capacity. None where there is no engine."""
        return self._capacity.admitted(claim) if self._capacity and self._engine else nullcontext()

    def out_of_reach(self) -> None:
        """The model cannot be reached: claim nothing for a while, so that the queue waits for it.

        A server comes back by itself. An engine of this process that has ended does not: the worker ends as well, and
        whoever supervises it starts another.
        """
        if self._capacity:
            self._capacity.pause(ASK_AGAIN_SECONDS)
            self._report.paused()
        if not self.served.url and not self._asked_to_drain.is_set():
            logger.error("the engine of model %s has ended; so does this worker", self.served.name)
            os.kill(os.getpid(), signal.SIGTERM)

    def drain(self) -> None:
        """Claim nothing more, let the runs go on for PORTAL_DRAIN_SECONDS, then give them back.

        May be called by a signal handler: it only sets an event.
        """
        self._asked_to_drain.set()

    def stop(self) -> None:
        """The worker ends now; no task uses the engine any more."""
        self._stopping.set()
        self._asked_to_drain.set()
        self._report.stop()
        engine, self._engine, self._capacity = self._engine, None, None
        if engine is not None:
            engine.close()

    def _drain(self) -> None:
        self._asked_to_drain.wait()
        if self._capacity:
            self._capacity.close()
        self._report.drain()
        self._stopping.wait(settings.PORTAL_DRAIN_SECONDS)
        self.draining.set()

    def _load(self, register: Callable[[Engine], None], announce: Callable[[], None]) -> None:
        """A model server may come back by itself; files of this machine change only with a restart."""
        self._report.loading()
        while not self._loaded(register):
            if not self.served.url or self._stopping.wait(ASK_AGAIN_SECONDS):
                return
        announce()

    def _loaded(self, register: Callable[[Engine], None]) -> bool:
        """Load, try out and register; False where the worker cannot serve, which the report then says."""
        name, engine = self.served.name, None
        try:
            load: Load = import_string(settings.GENERATION_ENGINE)
            engine = load(self.served, Path(settings.MODELS_DIR), self._say)
            try_out(engine, cancelled=self._stopping.is_set)
            if self._wait_to_register(engine, register):
                self._serve(engine)
                return True
        except EngineError as error:
            logger.error("model %s not loaded: %s: %s", name, error.code, error)
            self._report.failed(error.code, str(error))
        except CanaryFailed as error:
            logger.error("model %s does not write: %s", name, error)
            self._report.failed("canary_failed", str(error))
        except Exception as error:
            logger.exception("model %s not loaded", name)
            self._report.failed("internal_error", type(error).__name__)
        if engine is not None:
            engine.close()
        return False

    def _wait_to_register(self, engine: Engine, register: Callable[[Engine], None]) -> bool:
        """False where the worker ends meanwhile."""
        while not registered(engine, register):
            if self._stopping.wait(REGISTER_AGAIN_SECONDS):
                return False
        return True

    def _serve(self, engine: Engine) -> None:
        self._capacity = Capacity(engine.counters)
        if self._asked_to_drain.is_set():
            self._capacity.close()
        self._engine = engine
        self._report.ready(engine, self._capacity)
        logger.info("model %s is ready on %s", self.served.name, engine.info.device)

    def _say(self, line: str) -> None:
        logger.info("%s", line)
        self._report.loading(line)


def registered(engine: Engine, register: Callable[[Engine], None]) -> bool:
    """False where the database does not answer now, or another worker registers at the same moment."""
    try:
        register(engine)
    except Error:
        logger.warning("model %s not registered yet", engine.info.model, exc_info=True)
        return False
    finally:
        connection.close()
    return True


resident = Resident(read_reference(settings.PORTAL_WORKER_MODEL or settings.PORTAL_MODEL))
