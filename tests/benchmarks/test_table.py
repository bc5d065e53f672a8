"""The benchmark's table never calls a figure met that was not reached."""

import json
import math

import pytest

from tests.benchmarks.table import Figure, Target, failed, not_taken, print_table

MACHINE = {"machine": "a test"}


@pytest.mark.parametrize(
    ("figure", "verdict", "status"),
    [
        (Figure("ratio", "64 texts", (4.0,), target=Target(4)), "met", 0),
        (Figure("ratio", "64 texts", (3.9, 4.5, 3.8), target=Target(4)), "short", 1),
        (Figure("ratio", "64 texts", (math.nan, 9.0), target=Target(4)), "short", 1),
        (Figure("tokens", "16 texts", (0.0,), target=Target(0, upper=True)), "met", 0),
        (Figure("tokens", "16 texts", (1.0,), target=Target(0, upper=True)), "short", 1),
        (Figure("ratio", "64 texts", (0.5,), target=Target(1, aim=True)), "below aim", 0),
        (Figure("tokens/s", "64 texts", (99.0,)), "printed", 0),
        (not_taken("GPU", "256 slots", Target(0), "no CUDA device"), "not taken", 0),
        (not_taken("GPU", "256 slots", Target(9, upper=True), "no CUDA device"), "not taken", 0),
        (failed("parity", RuntimeError("broken")), "short", 1),
    ],
)
def test_the_verdict_and_the_exit_status(
    figure: Figure, verdict: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert figure.verdict == verdict
    assert print_table([figure], MACHINE, quick=False) == status
    *table, last = capsys.readouterr().out.splitlines()
    assert f"| {verdict}" in table[-1]
    assert json.loads(last)["figures"][0]["verdict"] == verdict


def test_one_short_figure_among_met_ones_fails_and_quick_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    met, short = Figure("a", "", (2.0,), target=Target(1)), Figure("b", "", (0.5,), target=Target(1))
    assert print_table([met, short, met], MACHINE, quick=True) == 1
    out = capsys.readouterr().out
    assert "NOT the real figures" in out
    assert json.loads(out.splitlines()[-1])["quick"] is True


def test_a_repeated_figure_shows_its_spread() -> None:
    assert Figure("a", "", (3.0, 1.0, 2.0), "tokens/s").cells()[2] == "2 (1 – 3) tokens/s"
