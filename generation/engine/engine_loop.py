"""The thread that owns the network: it takes jobs in, does one step after the other, and never dies of a request."""

import math
import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from generation.engine.dense_decode import DenseDecoder
from generation.engine.errors import FULL, IMPOSSIBLE, InvalidLogits, ModelUnavailable, OutOfMemory
from generation.engine.job import Job
from generation.engine.kv_cache import KVCache
from generation.engine.loading import LoadedModel
from generation.engine.memory import is_out_of_memory, release
from generation.engine.sampling import choose
from generation.engine.slots import Row, Slots
from generation.engine.step import Step, forward, plan
from generation.engine.types import Counters, Decoding

LEAST_CHUNK = 8
MOST_STRIKES = 3  # failed steps in a row, each of other jobs
CLOSED = "The engine is closed."


@dataclass(frozen=True, slots=True)
class Pace:
    """How many tokens of prompts go along with a step: pieces of `chunk` tokens, up to `budget` tokens in all."""

    chunk: int = 64
    budget: int = 336

    def slower(self) -> "Pace | None":
        """Return the pace with smaller pieces; None where they are as small as they get."""
        half = self.chunk // 2
        return Pace(half, half) if half >= LEAST_CHUNK else None


class EngineLoop:
    """Continuous batching: a text joins and leaves at any step, and each step carries all that are there."""

    def __init__(self, model: LoadedModel, *, slots: int, pace: Pace) -> None:
        config, device = model.network.config, model.network.device
        self._model = model
        self._usual_pace = self._pace = pace
        cache = KVCache(config, slots=slots, length=model.context_length, device=device, dtype=model.network.dtype)
        self._slots = Slots(cache)
        self._dense = DenseDecoder(model, cache) if device.type == "cuda" else None
        # Prompt and text of each slot, for the repetition penalty; the rest of a row repeats its first token.
        self._seen = torch.zeros((slots, model.context_length), dtype=torch.long, device=device)
        self._open: set[Job] = set()
        self._inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closing = self._closed = False
        self._strikes = 0
        self._steps = self._prefill_tokens = self._decode_tokens = 0
        self._thread = threading.Thread(target=self._run, name="engine-loop", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue the job; where the engine is closed it ends at once, with an error."""
        with self._door:
            if not self._closed:
                self._open.add(job)
                self._inbox.put(job)
                return
        job.finish(ModelUnavailable(CLOSED))

    def close(self) -> None:
        """End after the present step; whoever still waits is told so."""
        self._inbox.put(None)
        self._thread.join()

    def counters(self) -> Counters:
        """See types.Engine."""
        unended = sum(job.unended for job in list(self._open))
        return Counters(
            slots=self._slots.cache.slots,
            slots_in_use=min(unended, self._slots.cache.slots),
            waiting=max(0, unended - self._slots.cache.slots),
            steps=self._steps,
            prefill_tokens=self._prefill_tokens,
            decode_tokens=self._decode_tokens,
        )

    def _run(self) -> None:
        try:
            with torch.inference_mode():
                while not self._closing:
                    self._open.difference_update([job for job in list(self._open) if job.is_finished])
                    self._take_in()
                    problem = self._try_step()
                    self._strikes = self._strikes + 1 if problem is not None else 0
                    if problem is not None:
                        # Here no traceback holds the step's tensors any more.
                        self._relieve(problem)
        finally:
            with self._door:
                self._closed = True
            for job in self._open:
                if not job.is_finished:
                    job.finish(ModelUnavailable(CLOSED))

    def _take_in(self) -> None:
        """Queue what has arrived; wait for it where there is nothing else to do."""
        idle = not (self._slots.rows or self._slots.waiting)
        while idle or not self._inbox.empty():
            job = self._inbox.get()
            idle = False
            if job is None:
                self._closing = True
            else:
                self._slots.waiting.append(job)

    def _try_step(self) -> Exception | None:
        """Do a step, or say why it could not be done: every text then stands where it stood, or one token further."""
        try:
            self._step()
        except Exception as error:
            if is_out_of_memory(error):
                return OutOfMemory(FULL)
            return error
        return None

    def _relieve(self, problem: Exception) -> None:
        """Out of memory: read prompts in smaller pieces, then give up the youngest job. A bug ends whom it met.

        A fault that comes back with every step (a lost device) ends the loop.
        """
        slower = self._pace.slower() if any(job.first_logits is None for job in self._slots.jobs) else None
        if not isinstance(problem, OutOfMemory):
            if self._strikes > MOST_STRIKES:
                raise problem
            for job in self._slots.jobs:
                self._end(job, problem)
        elif slower is not None:
            self._pace = slower
        elif self._slots.jobs:
            self._end(self._slots.jobs[-1], problem)
        release()

    def _step(self) -> None:
        for job in [*self._slots.jobs, *self._slots.waiting]:
            if job.end_if_due():
                self._slots.drop(job)
        self._slots.admit()
        step = plan(self._slots, chunk=self._pace.chunk, budget=self._pace.budget)
        texts = list(step.rows)
        logits = self._forward(step) if step else None
        pieces = [] if logits is None else [logits[: len(texts)]]
        for row in self._slots.ready():
            texts.append(self._start(row))
            pieces.append(first_logits_of(row.job))
        if texts:
            self._write(texts, torch.cat(pieces))

    def _logits(self, step: Step) -> Tensor:
        if self._dense is None or not step.rows:
            return forward(self._model, self._slots.cache, step)
        logits = self._dense.decode(step.rows)
        if step.chunks:
            logits = torch.cat([logits, forward(self._model, self._slots.cache, Step((), step.chunks))])
        return logits

    def _forward(self, step: Step) -> Tensor:
        logits = self._logits(step)
        for chunk in step.chunks:
            chunk.row.job.prefilled += len(chunk.tokens)
            chunk.row.length = chunk.row.job.prefilled
        for place, job in enumerate(step.finished_prompts, start=len(step.rows)):
            job.first_logits = logits[place : place + 1].clone()
        if step.chunks and all(job.first_logits is not None for job in self._slots.jobs):
            self._pace = self._usual_pace
        self._steps += 1
        self._prefill_tokens += step.prefill_tokens
        return logits

    def _start(self, row: Row) -> Row:
        prompt = row.job.prompt
        row.variant = row.variant or row.job.start_variant()
        self._seen[row.slot] = prompt[0]
        self._seen[row.slot, : len(prompt)] = torch.tensor(prompt, device=self._seen.device)
        return row

    def _write(self, rows: list[Row], logits: Tensor) -> None:
        """Give each text its next token; `logits` are [rows, vocabulary]."""
        for row, token, logprob in self._chosen(rows, logits):
            if row.variant is None:  # its job ended a moment ago, in this same step
                continue
            if math.isnan(logprob):
                for slot in [other.slot for other in self._slots.rows.values() if other.job is row.job]:
                    self._slots.cache.clear(slot)
                self._end(row.job, InvalidLogits(IMPOSSIBLE))
                continue
            row.variant.take(token, logprob)
            row.take(token)
            self._decode_tokens += 1
            if row.variant.finish_reason is not None:
                self._slots.leave(row)
                if not row.job.unended:
                    row.job.finish()

    def _chosen(self, rows: list[Row], logits: Tensor) -> Iterable[tuple[Row, int, float]]:
        """Rows that are sampled alike are sampled together."""
        order = sorted(range(len(rows)), key=lambda place: sampling_of(rows[place]))
        for _, group in groupby(order, key=lambda place: sampling_of(rows[place])):
            places = list(group)
            together = [rows[place] for place in places]
            longest = max(row.known for row in together)
            slots = torch.tensor([row.slot for row in together], device=logits.device)
            tokens, logprobs = choose(
                logits[places],
                self._seen[slots, :longest],
                together[0].job.request.decoding,
                [row.variant.generator for row in together if row.variant],
            )
            positions = torch.tensor([row.known for row in together], device=logits.device)
            self._seen[slots, positions] = tokens
            yield from zip(together, tokens.tolist(), logprobs.tolist(), strict=True)

    def _end(self, job: Job, error: Exception) -> None:
        for row in self._slots.rows.values():
            if row.job is job:
                row.variant = None
        self._slots.drop(job)
        job.finish(error)


def first_logits_of(job: Job) -> Tensor:
    """Return the logits [1, vocabulary] behind a prompt that has been read."""
    if job.first_logits is None:
        raise RuntimeError("The prompt has not been read.")
    return job.first_logits


def sampling_of(row: Row) -> tuple[str, float, float, int, float]:
    """Return what must be equal for rows to be sampled in one go."""
    decoding: Decoding = row.job.request.decoding
    return (
        decoding.strategy,
        decoding.temperature,
        decoding.top_p,
        decoding.top_k,
        decoding.repetition_penalty,
    )
