from __future__ import annotations

import pytest

from generation.throughput import Throughput


def test_the_rate_counts_busy_seconds_and_follows_what_is_new() -> None:
    throughput = Throughput(tokens=8)
    assert throughput.measure(8, 0.0) == 0.0
    assert throughput.measure(108, 2.0) == 50.0
    assert 50.0 < throughput.measure(408, 5.0) < 100.0, "the last three seconds had 100"
    assert throughput.measure(20_408, 205.0) == pytest.approx(100.0, rel=0.01)


def test_an_idle_engine_keeps_its_last_figure() -> None:
    throughput = Throughput(tokens=0)
    throughput.measure(100, 2.0)
    assert throughput.measure(100, 2.0) == 50.0


def test_a_moment_of_work_is_measured_together_with_the_next() -> None:
    throughput = Throughput(tokens=0)
    assert throughput.measure(1, 0.1) == 0.0
    assert throughput.measure(40, 2.0) == 20.0


def test_time_without_a_token_counts_once_there_is_one() -> None:
    throughput = Throughput(tokens=0)
    assert throughput.measure(0, 3.0) == 0.0
    assert throughput.measure(40, 4.0) == 10.0
