"""Who writes where: jobs wait in order, variants take slots, and a slot is handed on when its text ends."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from generation.engine.job import Job
from generation.engine.kv_cache import KVCache
from generation.engine.variant import Variant


@dataclass(slots=True)
class Row:
    """A slot in use. Without a variant it is reserved: its job's prompt is being read.

    `length` positions are in the cache; `last_token`, once there is one, is the next that the network reads.
    """

    slot: int
    job: Job
    variant: Variant | None = None
    length: int = 0
    last_token: int | None = None

    @property
    def known(self) -> int:
        """How many tokens of prompt and text there are."""
        return self.length + (self.last_token is not None)

    def take(self, token: int) -> None:
        """Go on by one token; the one before it has been read."""
        self.length = self.known
        self.last_token = token


@dataclass
class Slots:
    """The rows of a cache. A job gets one slot a variant, or as many as are free; the others follow as slots end."""

    cache: KVCache
    rows: dict[int, Row] = field(default_factory=dict)
    waiting: deque[Job] = field(default_factory=deque)

    @property
    def free(self) -> list[int]:
        return [slot for slot in range(self.cache.slots) if slot not in self.rows]

    @property
    def writing(self) -> list[Row]:
        """Rows whose text has begun, by slot."""
        return [row for _, row in sorted(self.rows.items()) if row.last_token is not None]

    @property
    def jobs(self) -> list[Job]:
        """Every job that has a slot, in the order of admission."""
        return list(dict.fromkeys(row.job for row in self.rows.values()))

    def reserved(self, job: Job) -> list[Row]:
        """The job's rows that wait for its prompt, the one that reads it first."""
        return [row for row in self.rows.values() if row.job is job and row.variant is None]

    def admit(self) -> None:
        """Give free slots to jobs: first to those that have too few, then to those that wait."""
        for job in self.jobs:
            self._reserve(job, job.unstarted - len(self.reserved(job)))
        while self.waiting and self.free:
            job = self.waiting.popleft()
            self._reserve(job, job.unstarted)

    def _reserve(self, job: Job, wanted: int) -> None:
        for slot in self.free[: max(0, wanted)]:
            self.rows[slot] = Row(slot, job)

    def ready(self) -> Iterator[Row]:
        """Rows whose job has read its prompt and whose text begins; the prompt's numbers are copied into them."""
        for job in self.jobs:
            if job.first_logits is None:
                continue
            begun = [row for row in self.rows.values() if row.job is job and row.variant and row.last_token is None]
            for row in begun + self.reserved(job)[: job.unstarted]:
                if row.length == 0:
                    source = next(other.slot for other in self.rows.values() if other.job is job and other.length)
                    self.cache.copy(source, row.slot, len(job.prompt))
                    row.length = len(job.prompt)
                yield row

    def leave(self, row: Row) -> None:
        """Free the slot of a text that has ended, or keep it for the next variant of the same prompt."""
        if row.job.unstarted > len(self.reserved(row.job)):
            row.variant, row.last_token, row.length = None, None, len(row.job.prompt)
        else:
            del self.rows[row.slot]

    def drop(self, job: Job) -> None:
        """Free every slot of the job, and its place among those that wait."""
        self.rows = {slot: row for slot, row in self.rows.items() if row.job is not job}
        if job in self.waiting:
            self.waiting.remove(job)
