"""Calls that need Django, in processes of their own that start together; nothing of Django is imported here."""

from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from queue import Empty
from typing import Any

import django
from django.utils.module_loading import import_string

LONGEST_SECONDS = 300


def at_once(call: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Return what the function of this dotted name returns for each of the arguments, one process each.

    It is called as `call(*arguments, start)` and waits at `start`, a barrier, once it is ready to begin.
    """
    context = get_context("spawn")
    start, answers = context.Barrier(len(arguments)), context.Queue()
    processes = [
        context.Process(target=carry_out, args=(number, call, given, start, answers))
        for number, given in enumerate(arguments)
    ]
    for process in processes:
        process.start()
    try:
        told = dict(answers.get(timeout=LONGEST_SECONDS) for _ in processes)
    except Empty:
        raise TimeoutError(f"{call} did not end in {LONGEST_SECONDS} s") from None
    finally:
        for process in processes:
            process.join(10)
            process.kill()
    for answer in told.values():
        if isinstance(answer, Exception):
            raise answer
    return [told[number] for number in range(len(processes))]


def carry_out(number: int, call: str, given: tuple[Any, ...], start: Barrier, answers: Any) -> None:
    """Answer with what the call returns, or with what went wrong in words."""
    try:
        django.setup()
        answers.put((number, import_string(call)(*given, start)))
    except Exception as error:
        start.abort()
        answers.put((number, RuntimeError(f"{type(error).__name__}: {error}")))
