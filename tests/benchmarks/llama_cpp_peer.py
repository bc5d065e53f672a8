"""llama.cpp with as many sequences in its batch as there are slots, through the plain functions of llama-cpp-python."""

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tests.benchmarks.workload import LONGEST_TEXT, Heat, Wanted

GGUF = "BENCHMARK_GGUF"  # the environment variable that names the weights' file


class Text:
    """One sequence: what of it the model has yet to read, and what it has written."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.unread = list(wanted.prompt)
        self.read = 0
        self.written: list[int] = []


class Llama:
    """A context of llama.cpp."""

    def __init__(self, path: str, slots: int, threads: int) -> None:
        self.library: Any = importlib.import_module("llama_cpp")
        self.library.llama_backend_init()
        self.model = self.library.llama_model_load_from_file(path.encode(), self.library.llama_model_default_params())
        settings = self.library.llama_context_default_params()
        settings.n_ctx, settings.n_seq_max = slots * LONGEST_TEXT, slots
        settings.n_batch = settings.n_ubatch = 512
        settings.n_threads = settings.n_threads_batch = threads
        self.context = self.library.llama_init_from_model(self.model, settings)
        self.batch = self.library.llama_batch_init(512, 0, 1)
        self.vocabulary = self.library.llama_vocab_n_tokens(self.library.llama_model_get_vocab(self.model))

    def step(self, texts: dict[int, Text]) -> None:
        """Read up to a batch of tokens of the texts by slot, and add a token to those that are read to their end."""
        batch, count, ends = self.batch, 0, {}
        for slot, text in sorted(texts.items(), key=lambda item: len(item[1].unread)):
            part = text.unread[: 512 - count]
            del text.unread[: len(part)]
            for token in part:
                batch.token[count], batch.pos[count], batch.logits[count] = token, text.read, 0
                batch.n_seq_id[count], batch.seq_id[count][0] = 1, slot
                count, text.read = count + 1, text.read + 1
            if part and not text.unread:
                ends[count - 1] = text
                batch.logits[count - 1] = 1
        batch.n_tokens = count
        if self.library.llama_decode(self.context, batch):
            raise RuntimeError("llama_decode failed")
        for place, text in ends.items():
            logits = self.library.llama_get_logits_ith(self.context, place)
            text.unread = [int(np.ctypeslib.as_array(logits, (self.vocabulary,)).argmax())]
            text.written += text.unread

    def forget(self, slot: int) -> None:
        """Free the slot."""
        self.library.llama_memory_seq_rm(self.library.llama_get_memory(self.context), slot, -1, -1)


@contextmanager
def llama_cpp_slots(heat: Heat) -> Iterator[Any]:
    """Greedy texts; a free slot takes the next one at once."""
    llama = Llama(os.environ[GGUF], heat.slots, heat.threads)

    def write(wanted: Sequence[Wanted]) -> list[list[int]]:
        texts = [Text(one) for one in wanted]
        waiting, active = list(reversed(texts)), dict[int, Text]()
        while waiting or active:
            for slot in range(heat.slots):
                if slot not in active and waiting:
                    active[slot] = waiting.pop()
            llama.step(active)
            for slot in [slot for slot, text in active.items() if len(text.written) == text.wanted.tokens]:
                del active[slot]
                llama.forget(slot)
        return [text.written for text in texts]

    yield write
