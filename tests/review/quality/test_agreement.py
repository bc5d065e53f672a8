"""Agreement equals what the literature computed by hand, and is told as undefined where it is."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from review.quality.agreement import Rating, agreement_matrix, cohen_kappa, krippendorff_alpha, tables_of, units_of
from review.quality.figures import Undefined


def ratings_of(verdicts_by_person: dict[str, str]) -> list[Rating]:
    """One character an item; a dot is no verdict."""
    return [
        Rating(item, person, verdict)
        for person, verdicts in verdicts_by_person.items()
        for item, verdict in enumerate(verdicts)
        if verdict != "."
    ]


def table_of(rows: list[list[int]]) -> dict[tuple[str, str], int]:
    return {(str(i), str(j)): count for i, row in enumerate(rows) for j, count in enumerate(row)}


# K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), the reliability data of sections A, B and C.
BINARY = {"Meg": "0100000010", "Owen": "1110010000"}
NOMINAL = {"Ben": "aabbdcccedda", "Gerry": "babbbccceddd"}
MISSING = {"A": "123321412...", "B": "1233224125.3", "C": ".3332342251.", "D": "12332441251."}


def test_cohen_1960() -> None:
    """Table 1: 200 cases; kappa is .492 where 70 % agree and 41 % would by chance."""
    figure = cohen_kappa(table_of([[88, 14, 18], [10, 40, 10], [2, 6, 12]]))
    assert figure.value == pytest.approx(0.492, abs=0.0005)
    assert (figure.items, figure.pairs) == (200, 200)


def test_fleiss_levin_paik_2003() -> None:
    """Statistical Methods for Rates and Proportions, table 18.1: kappa .68, standard error .087 by their formula."""
    figure = cohen_kappa(table_of([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert figure.value == pytest.approx(0.676, abs=0.0005)
    assert figure.interval == pytest.approx((0.51, 0.85), abs=0.02)


def test_viera_garrett_2005() -> None:
    """“Understanding Interobserver Agreement: The Kappa Statistic”: .57 where 85 % agree and 65 % would by chance."""
    assert cohen_kappa(table_of([[15, 5], [10, 70]])).value == pytest.approx(0.57, abs=0.005)


@pytest.mark.parametrize(("data", "alpha"), [(BINARY, 0.095), (NOMINAL, 0.692), (MISSING, 0.743)])
def test_krippendorff_2011(data: dict[str, str], alpha: float) -> None:
    figure = krippendorff_alpha(units_of(ratings_of(data)))
    assert figure.value == pytest.approx(alpha, abs=0.0005)


def test_an_item_with_one_verdict_does_not_count() -> None:
    """Unit 12 of the 4 observers was judged by B alone."""
    figure = krippendorff_alpha(units_of(ratings_of(MISSING)))
    assert (figure.items, figure.pairs) == (11, 55)


NOTHING: list[Rating] = []
ONE_PERSON = ratings_of({"A": "aab"})
NOTHING_IN_COMMON = ratings_of({"A": "ab..", "B": "..ab"})
ALWAYS_THE_SAME = ratings_of({"A": "aaa", "B": "aaa", "C": "a.a"})


@pytest.mark.parametrize("ratings", [NOTHING, ONE_PERSON, NOTHING_IN_COMMON])
def test_without_two_verdicts_on_an_item_there_is_no_figure(ratings: list[Rating]) -> None:
    figure = krippendorff_alpha(units_of(ratings))
    assert (figure.value, figure.interval, figure.items) == (None, None, 0)
    assert figure.undefined is Undefined.NOTHING_SHARED
    assert tables_of(ratings) == {}


def test_where_all_say_the_same_chance_cannot_be_told_apart() -> None:
    figures = [krippendorff_alpha(units_of(ALWAYS_THE_SAME))]
    figures += [cohen_kappa(table) for table in tables_of(ALWAYS_THE_SAME).values()]
    assert len(figures) == 4
    for figure in figures:
        assert (figure.value, figure.interval, figure.undefined) == (None, None, Undefined.ONE_VERDICT)
        assert figure.items


def test_full_agreement_is_one_and_has_no_interval() -> None:
    ratings = ratings_of({"A": "abcabcabcabc", "B": "abcabcabcabc"})
    (table,) = tables_of(ratings).values()
    for figure in (krippendorff_alpha(units_of(ratings)), cohen_kappa(table)):
        assert (figure.value, figure.interval) == (1.0, None)


def test_opposite_verdicts_are_worse_than_chance() -> None:
    (table,) = tables_of(ratings_of({"A": "abab", "B": "baba"})).values()
    assert cohen_kappa(table).value == -1.0


def test_one_verdict_of_a_person_on_an_item_counts_the_first() -> None:
    ratings = [*ratings_of({"A": "ab", "B": "ab"}), Rating(0, "A", "b")]
    assert units_of(ratings) == Counter({("a", "a"): 1, ("b", "b"): 1})


def test_a_table_for_every_two_people_whoever_judged_first() -> None:
    ratings = [Rating(1, "A", "a"), Rating(1, "B", "b"), Rating(2, "B", "b"), Rating(2, "A", "a"), Rating(2, "C", "a")]
    assert tables_of(ratings) == {
        ("A", "B"): Counter({("a", "b"): 2}),
        ("B", "C"): Counter({("b", "a"): 1}),
        ("A", "C"): Counter({("a", "a"): 1}),
    }


def test_the_matrix_reads_the_same_both_ways() -> None:
    matrix = agreement_matrix(units_of(ratings_of({"A": "aab", "B": "abb", "C": "a.."})))
    assert matrix == Counter({("a", "a"): 3, ("a", "b"): 1, ("b", "a"): 1, ("b", "b"): 1})


def test_few_items_have_no_interval() -> None:
    nine, ten = ({"A": "ab" * 5, "B": "aabbaabbaa"[:n]} for n in (9, 10))
    assert krippendorff_alpha(units_of(ratings_of(nine))).interval is None
    assert krippendorff_alpha(units_of(ratings_of(ten))).interval is not None


def test_the_interval_is_that_of_a_bootstrap() -> None:
    """Percentiles of 1,000 samples of the items, drawn with a fixed seed."""
    lots = random.Random(7)
    units = [tuple(sorted((v, v if lots.random() < 0.7 else lots.choice("abc")))) for v in lots.choices("abc", k=200)]
    interval = krippendorff_alpha(Counter(units)).interval
    drawn = [krippendorff_alpha(Counter(lots.choices(units, k=200))).value or 0.0 for _ in range(1000)]
    drawn.sort()
    assert interval == pytest.approx((drawn[24], drawn[974]), abs=0.03)


def test_many_items_cost_no_more_than_their_kinds() -> None:
    units = units_of(ratings_of({"A": "aabb", "B": "abbc"}))
    figure = krippendorff_alpha({unit: count * 250_000 for unit, count in units.items()})
    assert figure.items == 1_000_000
    assert figure.interval is not None
    assert math.isclose(figure.interval[1] - figure.interval[0], 0.0, abs_tol=0.01)
