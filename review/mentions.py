"""People named in a comment: "@Ravi Patel", "＠林若 Lin Ruo".

A mention is an @ and the whole name of somebody of the team, in whatever case. An @ within an address
(mia@example.com) names nobody, and neither does a name that goes on ("@Ravi Patelson"). Where two names fit, the longer
one is meant; people of the same name are all meant. After a Chinese name no space is needed, nor before the @.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import regex

from aigc_portal.accounts.models import User

CJK = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
# What a word of a script with spaces is made of: such a sign before the @ makes an address of it, after a Latin name
# it makes another name.
WORD = rf"[[\p{{L}}\p{{M}}\p{{N}}_]--[{CJK}]]"
BEFORE = rf"(?<!{WORD})(?<![+%-])"
ENDS_IN_WORD = regex.compile(rf"(?V1){WORD}$")


@dataclass(frozen=True)
class Mention:
    """`start` and `end` in code points, the @ included; `people` are the ids of who is meant."""

    start: int
    end: int
    people: tuple[int, ...]


def team_people(team_id: int) -> list[User]:
    """Who can sign in and holds a role in the team, by name."""
    people = User.objects.filter(memberships__team=team_id, is_active=True)
    return list(people.distinct().order_by("name", "pk"))


def names_of(people: Iterable[User]) -> dict[int, str]:
    """Each as pages show them."""
    return {person.pk: str(person) for person in people}


def mentions_in(text: str, names: Mapping[int, str]) -> list[Mention]:
    """Who of these (id to name) is named in the text, in the order of the text."""
    ids: dict[str, list[int]] = {}
    for pk, name in names.items():
        if key := folded(name):
            ids.setdefault(key, []).append(pk)
    if not ids:
        return []
    longest_first = sorted(ids, key=lambda key: (-len(key), key))
    wanted = regex.compile(f"(?iV1){BEFORE}[@＠](?:{'|'.join(map(pattern_of, longest_first))})")
    return [
        Mention(found.start(), found.end(), tuple(ids.get(folded(found.group()[1:]), ())))
        for found in wanted.finditer(text)
    ]


def people_in(mentions: Iterable[Mention]) -> list[int]:
    """Each id once, in the order in which they are named."""
    return list(dict.fromkeys(pk for mention in mentions for pk in mention.people))


def pattern_of(name: str) -> str:
    """The name in either Unicode form, with any spaces between its words, and its end."""
    forms = dict.fromkeys(unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    words = [r"[^\S\r\n]+".join(regex.escape(word) for word in form.split()) for form in forms]
    end = rf"(?!{WORD})" if ENDS_IN_WORD.search(name) else r"(?!\p{M})"
    return f"(?:{'|'.join(words)}){end}"


def folded(name: str) -> str:
    """Equal for spellings of one name."""
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold()).split())
