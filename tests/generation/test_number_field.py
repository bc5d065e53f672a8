from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from generation.forms.number_field import NumberField
from generation.forms.settings_form import LARGEST_SEED


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("", None),
        ("  ", None),
        (None, None),
        ("0.5", 0.5),
        ("0,5", 0.5),
        (" 0 . 5 ", 0.5),
        (".5", 0.5),
        ("５", 5),
        ("０．５", 0.5),
        ("０，５", 0.5),
        ("0。5", 0.5),
        ("+1", 1),
        ("0", 0),
        ("10", 10),
    ],
)
def test_a_number_as_people_type_it(typed: str | None, number: float | None) -> None:
    assert NumberField(least=0, most=10).clean(typed) == number


@pytest.mark.parametrize(("typed", "number"), [("1,000", 1000), ("1 000 000", 1_000_000), ("3.0", 3), ("４０", 40)])
def test_a_whole_number_may_be_grouped(typed: str, number: int) -> None:
    cleaned = NumberField(least=0, most=1_000_000, whole=True).clean(typed)
    assert cleaned == number
    assert isinstance(cleaned, int)


def test_a_large_seed_keeps_every_digit() -> None:
    seed = NumberField(least=0, most=LARGEST_SEED, whole=True)
    assert seed.clean(str(LARGEST_SEED)) == LARGEST_SEED
    with pytest.raises(ValidationError, match="from 0 to 9,223,372,036,854,775,807"):
        seed.clean(str(LARGEST_SEED + 1))


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    "typed", ["1e999", "1e", "--5", "-1", "nan", "inf", "x", "-", ".", "1,2,3", "1_0", "9" * 5000, "\0", "١٢"]
)
def test_no_number_is_refused_with_the_range(typed: str, whole: bool) -> None:
    with pytest.raises(ValidationError, match="Enter a number from 0 to 1,000,000"):
        NumberField(least=0, most=1_000_000, whole=whole).clean(typed)


@pytest.mark.parametrize("typed", ["1.5", "1,5"])
def test_a_part_of_one_is_refused_where_only_whole_numbers_count(typed: str) -> None:
    with pytest.raises(ValidationError, match="Enter a whole number from 0 to 40"):
        NumberField(least=0, most=40, whole=True).clean(typed)


def test_the_range_is_grouped_by_threes_in_chinese_too() -> None:
    with translation.override("zh-hans"), pytest.raises(ValidationError, match="1,000,000"):
        NumberField(least=0, most=1_000_000).clean("x")
