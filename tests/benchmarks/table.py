"""A figure, whether it reaches its target, and the table of all of them."""

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Verdict = Literal["met", "short", "not taken", "printed", "aim met", "below aim"]
HEADINGS = ("what", "workload", "figure", "target", "verdict")


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must reach: `bound` or more, with `upper` `bound` or less. An aim is printed and never fails."""

    bound: float
    upper: bool = False
    aim: bool = False

    def __str__(self) -> str:
        """Return the target as the table shows it."""
        return f"{'aim ' if self.aim else ''}{'≤' if self.upper else '≥'} {shown(self.bound)}"

    def reached(self, value: float) -> bool:
        """Return whether `value` is good enough; NaN never is."""
        return value <= self.bound if self.upper else value >= self.bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, with a value a repeat. Without values it was not taken, and `note` says why."""

    what: str
    workload: str
    values: tuple[float, ...] = ()
    unit: str = ""
    target: Target | None = None
    note: str = ""

    @property
    def value(self) -> float:
        """Return the median of the repeats; NaN where the figure was not taken or one of them is NaN."""
        known = self.values and not any(math.isnan(value) for value in self.values)
        return statistics.median(self.values) if known else math.nan

    @property
    def verdict(self) -> Verdict:
        """Return what the table says of the figure."""
        if not self.values:
            return "not taken"
        if self.target is None:
            return "printed"
        reached = self.target.reached(self.value)
        if self.target.aim:
            return "aim met" if reached else "below aim"
        return "met" if reached else "short"

    def cells(self) -> tuple[str, ...]:
        """Return the figure's row: the median, behind it least and most where it was repeated."""
        spread = f" ({shown(min(self.values))} – {shown(max(self.values))})" if len(self.values) > 1 else ""
        figure = f"{shown(self.value)}{spread} {self.unit}".strip() if self.values else "not taken"
        verdict = f"{self.verdict}: {self.note}" if self.note else self.verdict
        return self.what, self.workload, figure, str(self.target or ""), verdict


def not_taken(what: str, workload: str, target: Target | None, reason: str) -> Figure:
    """Return a figure that this machine cannot give."""
    return Figure(what, workload, target=target, note=reason)


def failed(what: str, error: Exception) -> Figure:
    """Return the figure of a section that broke; it falls short of whatever was asked."""
    return Figure(
        what, "", (math.nan,), target=Target(math.inf), note=f"{type(error).__name__}: {error}".partition("\n")[0]
    )


def print_table(figures: Sequence[Figure], machine: Mapping[str, str], *, quick: bool) -> int:
    """Print everything, one JSON object as the last line, and return the exit status: 1 where a figure is short."""
    for name, value in machine.items():
        print(f"{name:>16}  {value}")
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS) - 1)]
    print()
    for row in rows:
        print(" | ".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)), row[-1]]))
    if quick:
        print("\nQUICK: small workloads for trying the harness. These are NOT the real figures; they prove nothing.")
    stored = [
        {**asdict(figure), "value": known(figure.value), "values": [known(value) for value in figure.values]}
        | {"target": str(figure.target or ""), "verdict": figure.verdict}
        for figure in figures
    ]
    print(json.dumps({"quick": quick, "machine": dict(machine), "figures": stored}, ensure_ascii=False))
    return int(any(figure.verdict == "short" for figure in figures))


def shown(value: float) -> str:
    """Return the number with three digits that matter, whole numbers as they are."""
    return f"{value:.0f}" if value == round(value, 9) and abs(value) >= 100 else f"{value:.3g}"


def known(value: float) -> float | None:
    """Return what JSON can hold: None for NaN."""
    return None if math.isnan(value) else value
