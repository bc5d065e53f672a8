"""A call in a process of its own: neither memory, threads nor settings reach the next one."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def apart(call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Return what the call returns, or raise what it raises; what goes in and out is pickled."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(call, *arguments, **named).result()
