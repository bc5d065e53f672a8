"""The same measures by name, for leads who ask for them. In the order of names: it is not a ranking."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from aigc_portal.accounts.models import User
from review.quality.agreement import cohen_kappa
from review.quality.figures import Figure
from review.quality.given import Times
from review.quality.measures import Judged
from review.quality.rates import Rate


@dataclass(frozen=True)
class Person:
    user: User
    verdicts: int
    times: Times
    reversed: Rate
    taken_back: Rate
    gold: Rate


@dataclass(frozen=True)
class Two:
    """Two people and the texts that both judged."""

    one: User
    other: User
    agreed: Rate
    kappa: Figure


@dataclass(frozen=True)
class People:
    each: list[Person]
    twos: list[Two]


def people_of(judged: Judged) -> People:
    """One query, whatever the number of people."""
    tables = judged.shared.tables
    users = User.objects.in_bulk({*judged.given, *chain.from_iterable(tables)})
    each = [
        Person(
            user=users[reviewer],
            verdicts=given.verdicts,
            times=given.times,
            reversed=judged.reversed.get(reviewer, Rate(0, 0)),
            taken_back=given.undone,
            gold=given.gold,
        )
        for reviewer, given in judged.given.items()
    ]
    twos = []
    for (one, other), table in tables.items():
        first, second = sorted((users[one], users[other]), key=name_of)
        agreed = sum(count for (said, answered), count in table.items() if said == answered)
        twos.append(Two(first, second, Rate(agreed, table.total()), cohen_kappa(table)))
    return People(
        each=sorted(each, key=lambda person: name_of(person.user)),
        twos=sorted(twos, key=lambda two: (name_of(two.one), name_of(two.other))),
    )


def name_of(user: User) -> tuple[str, int]:
    return str(user).casefold(), user.pk
