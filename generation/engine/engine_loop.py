"""The thread that owns the network: it takes jobs in, does one step after the other, and never dies of a request."""

import gc
import math
import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from generation.engine.dense_decode import DenseDecoder
from generation.engine.errors import InvalidLogits, ModelUnavailable, OutOfMemory
from generation.engine.job import Job
from generation.engine.kv_cache import KVCache
from generation.engine.loading import LoadedModel
from generation.engine.sampling import choose
from generation.engine.slots import Row, Slots
from generation.engine.step import Step, forward, plan
from generation.engine.types import Counters, Decoding

LEAST_CHUNK = 8


@dataclass
class Pace:
    """How many tokens of prompts go along with a step: pieces of `chunk` tokens, up to `budget` tokens in all."""

    chunk: int = 64
    budget: int = 128

    def slow_down(self) -> bool:
        """Take smaller pieces; return False where they are as small as they get."""
        if self.chunk <= LEAST_CHUNK:
            return False
        self.chunk //= 2
        self.budget = self.chunk
        return True


class EngineLoop:
    """Continuous batching: a text joins and leaves at any step, and each step carries all that are there."""

    def __init__(self, model: LoadedModel, *, slots: int, pace: Pace) -> None:
        config, device = model.network.config, model.network.device
        self._model = model
        self._pace = pace
        cache = KVCache(config, slots=slots, length=model.context_length, device=device, dtype=model.network.dtype)
        self._slots = Slots(cache)
        self._dense = DenseDecoder(model, cache) if device.type == "cuda" else None
        # Prompt and text of each slot, for the repetition penalty; the rest of a row repeats its first token.
        self._seen = torch.zeros((slots, model.context_length), dtype=torch.long, device=device)
        self._open: set[Job] = set()
        self._inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self._steps = self._prefill_tokens = self._decode_tokens = 0
        self._thread = threading.Thread(target=self._run, name="engine-loop", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue the job; it ends with an error where the engine is closed."""
        self._open.add(job)
        self._inbox.put(job)
        if not self._thread.is_alive():
            self._take_in()

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
        with torch.inference_mode():
            while not self._closed:
                self._open.difference_update([job for job in list(self._open) if job.is_finished])
                self._take_in()
                problem = self._try_step()
                if problem is not None:
                    # Here no traceback holds the step's tensors any more.
                    self._relieve(problem)
        for job in [*self._slots.jobs, *self._slots.waiting]:
            self._end(job, ModelUnavailable("The engine is closed."))
        self._take_in()

    def _take_in(self) -> None:
        """Queue what has arrived; wait for it where there is nothing else to do."""
        idle = not (self._slots.rows or self._slots.waiting or self._closed)
        while idle or not self._inbox.empty():
            job = self._inbox.get()
            idle = False
            if job is None:
                self._closed = True
            elif self._closed:
                job.finish(ModelUnavailable("The engine is closed."))
            else:
                self._slots.waiting.append(job)

    def _try_step(self) -> Exception | None:
        """Do a step, or say why it could not be done; nothing that was written is lost by that."""
        try:
            self._step()
        except (torch.OutOfMemoryError, MemoryError):
            return OutOfMemory("There was not enough memory for this run; ask for fewer variants or a shorter text.")
        except RuntimeError as error:
            if "allocate memory" in str(error):  # the CPU's allocator has no class of its own
                return OutOfMemory("There was not enough memory for this run; ask for a shorter text.")
            return error
        except Exception as error:
            return error
        return None

    def _relieve(self, problem: Exception) -> None:
        """Out of memory: read prompts in smaller pieces, then give up the youngest job. A bug ends whom it met."""
        if not isinstance(problem, OutOfMemory):
            for job in self._slots.jobs:
                self._end(job, problem)
            return
        reading = any(job.first_logits is None for job in self._slots.jobs)
        if not (reading and self._pace.slow_down()):
            self._end(self._slots.jobs[-1], problem)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

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
        for row in step.rows:
            row.length += 1
        for chunk in step.chunks:
            chunk.row.job.prefilled += len(chunk.tokens)
            chunk.row.length = chunk.row.job.prefilled
        for place, job in enumerate(step.finished_prompts, start=len(step.rows)):
            job.first_logits = logits[place : place + 1].clone()
        self._steps += 1
        self._prefill_tokens += step.prefill_tokens
        return logits

    def _start(self, row: Row) -> Row:
        prompt = row.job.prompt
        row.variant = row.job.start_variant()
        self._seen[row.slot] = prompt[0]
        self._seen[row.slot, : len(prompt)] = torch.tensor(prompt, device=self._seen.device)
        return row

    def _write(self, rows: list[Row], logits: Tensor) -> None:
        """Give each text its next token; `logits` are [rows, vocabulary]."""
        for row, token, logprob in self._chosen(rows, logits):
            if row.variant is None:  # its job ended a moment ago, in this same step
                continue
            if math.isnan(logprob):
                problem = "The model gave no valid probabilities for the next token; its weights may be damaged."
                self._slots.cache.clear(row.slot)
                self._end(row.job, InvalidLogits(problem))
                continue
            row.variant.take(token, logprob)
            row.last_token = token
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
            longest = max(row.length for row in together)
            slots = torch.tensor([row.slot for row in together], device=logits.device)
            tokens, logprobs = choose(
                logits[places],
                self._seen[slots, :longest],
                together[0].job.request.decoding,
                [row.variant.generator for row in together if row.variant],
            )
            positions = torch.tensor([row.length for row in together], device=logits.device)
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
