"""What a worker tells of itself: at once when something changes, then every two seconds while it writes."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import Any

from redis.exceptions import RedisError

from generation import engine_status
from generation.capacity import Capacity
from generation.engine.types import Engine
from generation.engine_status import EngineStatus
from generation.served_models import ServedModel
from generation.throughput import Throughput

logger = logging.getLogger(__name__)

BUSY_SECONDS = 2.0
IDLE_SECONDS = 10.0


class WorkerReport:
    """Keeps the worker's EngineStatus and repeats it, every ten seconds where nothing is written."""

    def __init__(self, served: ServedModel) -> None:
        self._status = EngineStatus("starting", served.name, queue=served.queue)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._load: tuple[Engine, Capacity, Throughput] | None = None

    def start(self, worker: str) -> None:
        self._tell(worker=worker, started_at=time.time())
        threading.Thread(target=self._repeat, name="worker-report", daemon=True).start()

    def loading(self, detail: str = "") -> None:
        self._tell(state="loading", code="", detail=detail)

    def failed(self, code: str, detail: str) -> None:
        self._tell(state="failed", code=code, detail=detail)

    def ready(self, engine: Engine, capacity: Capacity) -> None:
        info = engine.info
        self._load = engine, capacity, Throughput(engine.counters().decode_tokens)
        self._tell(state="ready", code="", detail="", device=info.device, dtype=info.dtype, threads=info.threads)

    def paused(self) -> None:
        """Tell at once that nothing is claimed for a while."""
        self._tell()

    def drain(self) -> None:
        self._tell(draining=True)

    def stop(self) -> None:
        """Take the worker off the list; nothing more is told of it."""
        with self._lock:
            self._stopping.set()
            try:
                engine_status.forget(self._status.worker)
            except RedisError as error:
                logger.warning("end of the worker not told: %s", error)

    def _repeat(self) -> None:
        told, was_busy = time.monotonic(), False
        while not self._stopping.wait(BUSY_SECONDS):
            is_busy = self._load is not None and self._load[1].runs > 0
            if is_busy or was_busy or time.monotonic() - told >= IDLE_SECONDS:
                self._tell()
                told = time.monotonic()
            was_busy = is_busy

    def _tell(self, **changes: Any) -> None:
        with self._lock:
            if self._stopping.is_set():
                return
            self._status = replace(self._status, **changes, **self._present_load())
            try:
                engine_status.report(self._status)
            except RedisError as error:  # the broker may be away; the next repeat tells it
                logger.warning("worker's status not told: %s", error)

    def _present_load(self) -> dict[str, Any]:
        if self._load is None:
            return {}
        engine, capacity, throughput = self._load
        counters = engine.counters()
        return {
            "slots": counters.slots,
            "slots_in_use": counters.slots_in_use,
            "waiting": counters.waiting,
            "runs_in_flight": capacity.runs,
            "paused": capacity.paused,
            "tokens_per_second": round(throughput.measure(counters.decode_tokens, capacity.busy_seconds()), 1),
        }
