from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aigc_portal.jobs.models import MAX_ATTEMPTS
from generation.capacity import Capacity
from generation.engine.types import Counters
from generation.models import GenerationRun


class Engine:
    """Counts what the tests say that it writes."""

    def __init__(self, slots: int = 4) -> None:
        self.slots = slots
        self.writing = 0

    def counters(self) -> Counters:
        in_use = min(self.slots, self.writing)
        return Counters(slots=self.slots, slots_in_use=in_use, waiting=self.writing - in_use)


class Line:
    """The queued runs, as many variants each as given."""

    def __init__(self, *variants: int) -> None:
        self.runs = [GenerationRun(pk=number, variants=count) for number, count in enumerate(variants)]
        self.claimed: list[int] = []
        self.alone: list[bool] = []

    def claim(self, alone: bool) -> GenerationRun | None:
        self.alone.append(alone)
        if not self.runs:
            return None
        run = self.runs.pop(0)
        self.claimed.append(run.pk)
        return run


@contextmanager
def workers(capacity: Capacity, line: Line, engine: Engine, ends: threading.Event, count: int) -> Iterator[None]:
    """Threads that take a run each and write it until `ends`."""

    def work() -> None:
        with capacity.admitted(line.claim) as admitted:
            if admitted is not None:
                engine.writing += admitted.run.variants
                admitted.started()
                ends.wait(5)
                engine.writing -= admitted.run.variants

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    yield
    capacity.close()
    ends.set()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def eventually(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not look():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def test_runs_are_claimed_until_the_slots_are_full_and_the_last_may_be_larger() -> None:
    engine, line, ends = Engine(slots=4), Line(3, 3, 1), threading.Event()
    capacity = Capacity(engine.counters)
    with workers(capacity, line, engine, ends, count=3):
        eventually(lambda: line.claimed == [0, 1] and engine.writing == 6)
        time.sleep(0.1)
        assert line.claimed == [0, 1], "two variants wait for a slot already"
        assert capacity.runs == 2


def test_a_variant_that_ended_makes_room_before_its_run_ends() -> None:
    engine, line, ends = Engine(slots=4), Line(4, 2), threading.Event()
    with workers(Capacity(engine.counters), line, engine, ends, count=2):
        eventually(lambda: engine.writing == 4)
        time.sleep(0.05)
        assert line.claimed == [0]
        engine.writing -= 1
        eventually(lambda: line.claimed == [0, 1])


def test_a_run_that_the_engine_has_not_begun_counts() -> None:
    engine, line = Engine(slots=4), Line(4, 1)
    capacity = Capacity(engine.counters)
    with capacity.admitted(line.claim) as first:
        assert first is not None
        waiting = threading.Thread(target=lambda: capacity.admitted(line.claim).__enter__())
        waiting.start()
        time.sleep(0.05)
        assert line.claimed == [0], "the engine shows no load yet"
        first.started()
        waiting.join(5)
    assert line.claimed == [0, 1]


def test_an_empty_queue_takes_no_place() -> None:
    capacity = Capacity(Engine().counters)
    with capacity.admitted(Line().claim) as admitted:
        assert admitted is None
        assert capacity.runs == 0


def test_a_closed_one_lets_what_waits_go_without_a_claim() -> None:
    engine, line, ends = Engine(slots=1), Line(1, 1, 1), threading.Event()
    capacity = Capacity(engine.counters)
    with workers(capacity, line, engine, ends, count=3):
        eventually(lambda: line.claimed == [0] and engine.writing == 1)
        capacity.close()
        ends.set()
    assert line.claimed == [0]
    with capacity.admitted(line.claim) as admitted:
        assert admitted is None


def test_a_run_in_its_last_attempt_has_the_engine_to_itself() -> None:
    engine, line, ends = Engine(slots=4), Line(1, 1), threading.Event()
    line.runs[0].attempt = MAX_ATTEMPTS
    with workers(Capacity(engine.counters), line, engine, ends, count=2):
        eventually(lambda: engine.writing == 1)
        time.sleep(0.05)
        assert (line.claimed, line.alone) == ([0], [True])
        ends.set()
        eventually(lambda: line.claimed == [0, 1])


def test_a_failing_claim_holds_nobody_up() -> None:
    def broken(alone: bool) -> GenerationRun | None:
        raise ConnectionError

    capacity = Capacity(Engine().counters)
    for _ in range(2):
        try:
            with capacity.admitted(broken):
                raise AssertionError("it was admitted")
        except ConnectionError:
            pass
    with capacity.admitted(Line(1).claim) as admitted:
        assert admitted is not None


def test_seconds_count_while_there_is_a_run() -> None:
    capacity, line = Capacity(Engine().counters), Line(1, 1)
    assert capacity.busy_seconds() == 0
    for _ in range(2):
        with capacity.admitted(line.claim):
            time.sleep(0.02)
            assert capacity.busy_seconds() >= 0.02
    busy = capacity.busy_seconds()
    assert busy >= 0.04
    time.sleep(0.02)
    assert capacity.busy_seconds() == busy


def test_a_pause_claims_nothing_and_ends_by_itself() -> None:
    engine, line, ends = Engine(), Line(1), threading.Event()
    capacity = Capacity(engine.counters)
    capacity.pause(0.1)
    with workers(capacity, line, engine, ends, count=1):
        time.sleep(0.05)
        assert line.claimed == []
        eventually(lambda: line.claimed == [0])


def test_a_pause_does_not_hold_up_the_end() -> None:
    engine, line = Engine(), Line(1)
    capacity = Capacity(engine.counters)
    capacity.pause(60)
    with workers(capacity, line, engine, threading.Event(), count=1):
        time.sleep(0.02)
    assert line.claimed == []
