"""Who is named in a comment."""

from __future__ import annotations

import unicodedata

import pytest

from aigc_portal.accounts.models import User
from review.mentions import mentions_in, people_in, team_people
from tests.cast import Cast

NAMES = {1: "Ravi Patel", 2: "林若 Lin Ruo", 3: "Ravi", 4: "林若", 5: "Zoë Weiß", 6: "mia@example.test", 7: ""}


def named(text: str) -> list[str]:
    return [text[one.start : one.end] for one in mentions_in(text, NAMES)]


def ids(text: str) -> list[int]:
    return people_in(mentions_in(text, NAMES))


@pytest.mark.parametrize(
    ("text", "names", "people"),
    [
        ("@Ravi Patel, please look.", ["@Ravi Patel"], [1]),
        ("Ask @Ravi for it.", ["@Ravi"], [3]),
        ("@ravi PATEL's view", ["@ravi PATEL"], [1]),
        ("Thanks.@Ravi Patel", ["@Ravi Patel"], [1]),
        ("(@Ravi Patel)", ["@Ravi Patel"], [1]),
        ("@Ravi\u00a0 Patel", ["@Ravi\u00a0 Patel"], [1]),
        ("@Ravi\nPatel", ["@Ravi"], [3]),
        ("@林若 Lin Ruo 请看", ["@林若 Lin Ruo"], [2]),
        ("请@林若看一下", ["@林若"], [4]),
        ("请＠林若 lin ruo看一下", ["＠林若 lin ruo"], [2]),
        ("@Ravi Patel请看", ["@Ravi Patel"], [1]),
        ("@zoë weiss", ["@zoë weiss"], [5]),
        ("@mia@example.test knows", ["@mia@example.test"], [6]),
        ("@Ravi @Ravi Patel @Ravi", ["@Ravi", "@Ravi Patel", "@Ravi"], [3, 1]),
    ],
)
def test_names_of_the_team(text: str, names: list[str], people: list[int]) -> None:
    assert named(text) == names
    assert ids(text) == people


@pytest.mark.parametrize(
    "text",
    ["mia@Ravi", "mia.x+@Ravi", "@Ravina", "@Ravi_2", "@Mia Chen", "@", "@ Ravi", "Ravi Patel", "", "@Weiß", "a1@林若"],
)
def test_what_names_nobody(text: str) -> None:
    assert named(text) == []


def test_either_unicode_form_of_a_name() -> None:
    assert ids(unicodedata.normalize("NFD", "@Zoë Weiß")) == [5]
    assert people_in(mentions_in("@Zoë", {1: unicodedata.normalize("NFD", "Zoë")})) == [1]
    assert mentions_in("@Zoe\u0308", {1: "Zoe"}) == []


def test_people_of_one_name_are_all_meant() -> None:
    assert people_in(mentions_in("@Ravi Patel", {1: "Ravi Patel", 8: "ravi  patel"})) == [1, 8]


def test_signs_of_patterns_in_names_are_signs() -> None:
    assert people_in(mentions_in("@R. (Ravi) [x]*", {1: "R. (Ravi) [x]*"})) == [1]
    assert mentions_in("@Rx", {1: "R."}) == []


def test_a_long_text_full_of_signs_is_read_at_once() -> None:
    names = {pk: f"Person {pk} of the team" for pk in range(300)}
    assert mentions_in("@Person " * 500, names) == []


def test_people_of_the_team_who_can_sign_in(cast: Cast) -> None:
    User.objects.filter(pk=cast.engineer.pk).update(is_active=False)
    people = team_people(cast.team.pk)
    assert cast.reviewer in people
    assert cast.engineer not in people
    assert cast.outsider not in people
    assert len(people) == len(set(people))
