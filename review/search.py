"""Search in submitted texts and their titles, in both languages: what is typed, as a tsquery.

The words are those of `portal_search_vector` (migration 0003): English stems, and of Chinese, which is written without
spaces, every two neighbouring characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import normalize

from django.contrib.postgres.search import SearchQueryField
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce

LONGEST = 200
CHINESE = re.compile("[㐀-䶿一-鿿豈-\ufaff]+")


@dataclass(frozen=True)
class Search:
    """`passages` are what stands in Chinese, as it must stand in a text that is found."""

    tsquery: str
    passages: tuple[str, ...]

    def condition(self) -> Q:
        """For the index of words: all that hold them."""
        return Q(self.match())

    def condition_of_each(self) -> Q:
        """For rows that are at hand: each is read by itself, where the index would first list all others."""
        return Q(Coalesce(self.match(), False))

    def match(self) -> Func:
        query = Cast(Value(self.tsquery), SearchQueryField())
        return Func(
            F("search_entry__words"), query, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField()
        )

    @property
    def may_err(self) -> bool:
        """Pairs of a longer passage might stand in a text apart from each other."""
        return any(len(passage) > 2 for passage in self.passages)

    def holds(self, text: str) -> bool:
        written = normalize("NFKC", text)
        return all(passage in written for passage in self.passages)


def search_for(typed: str) -> Search | None:
    """None where nothing was typed that can be searched by: punctuation, emoji, or “the” alone. At most one query.

    All words must be there; of the last one its beginning is enough.
    """
    typed = normalize("NFKC", typed.replace("\0", " ")[:LONGEST]).strip()
    passages = tuple(dict.fromkeys(CHINESE.findall(typed)))
    unfinished = bool(typed) and not CHINESE.match(typed[-1])
    terms = [english_terms(CHINESE.sub(" ", typed), unfinished), *(chinese_terms(passage) for passage in passages)]
    tsquery = " & ".join(filter(None, terms))
    return Search(tsquery, passages) if tsquery else None


def english_terms(typed: str, unfinished: bool) -> str:
    if not re.search(r"\w", typed):
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT plainto_tsquery('english', %s)::text", [typed])
        terms = str(cursor.fetchone()[0])
    return f"{terms}:*" if terms and unfinished else terms


def chinese_terms(passage: str) -> str:
    """A character alone is the beginning of its pairs, and stands alone at the end of a passage."""
    if len(passage) == 1:
        return f"'{passage}':*"
    return " & ".join(dict.fromkeys(f"'{passage[at : at + 2]}'" for at in range(len(passage) - 1)))
