"""What all lists of the API have in common."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import Brief
from review.datasets.models import DatasetExport
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import (
    make_brief,
    make_draft,
    make_group,
    make_policy,
    make_prompt,
    make_reason,
    make_review,
    make_run,
)

LISTS = ["prompts/", "briefs/", "runs/", "drafts/", "reason-codes/", "reviews/", "datasets/", "models/"]
LISTS += ["review-policies/", "review-groups/"]


def fill(cast: Cast, number: int) -> None:
    """One more of everything."""
    brief = make_brief(cast.marketer, cast.team, f"Brief {number}")
    run = make_run(brief, requested_by=cast.second_marketer, variants=2)
    for variant in range(2):
        draft = make_draft(brief, f"Text {number} {variant}", run, variant)
        make_review(draft, claimed_by=cast.reviewer if variant else None)
    make_reason(cast.team, f"reason-{number}")
    DatasetExport.objects.create(team=cast.team, type="preference", requested_by=cast.engineer)
    make_policy(cast.team, {"group": make_group(cast.team, f"Group {number}", cast.reviewer)}, {})
    make_policy(cast.team)


@pytest.mark.parametrize("path", LISTS)
def test_the_count_of_queries_does_not_depend_on_the_rows(cast: Cast, path: str) -> None:
    def queries() -> int:
        caller = Api(cast.engineer)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert caller.get(path).status_code == 200
        return len(captured)

    fill(cast, 0)
    few = queries()
    for number in range(1, 5):
        fill(cast, number)
    assert queries() == few


@pytest.mark.parametrize("path", [*LISTS, "events/"])
def test_an_unknown_filter_is_refused(cast: Cast, path: str) -> None:
    user = cast.auditor
    for name in ("ordering", "team__name", "author__password", "pk__gt"):
        answer = Api(user).get(path, **{name: "1"})
        assert answer.status_code == 400, name
        assert name in answer.json()["errors"]


def test_pages_hold_every_row_once_newest_first(cast: Cast) -> None:
    for number in range(5):
        make_brief(cast.marketer, cast.team, f"Brief {number}")
    caller, path, seen = Api(cast.marketer), "briefs/?page_size=2", []
    while path:
        page = caller.get(path).json()
        seen += [row["id"] for row in page["results"]]
        path = (page["next"] or "").partition("/api/v1/")[2]
    assert seen == list(Brief.objects.order_by("-pk").values_list("pk", flat=True))


@pytest.mark.parametrize("cursor", ["p=1", b64encode(b"p=abc").decode(), b64encode(b"p=1%00").decode()])
def test_a_forged_cursor_is_refused(cast: Cast, cursor: str) -> None:
    answer = Api(cast.marketer).get(f"briefs/?cursor={quote(cursor)}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


FILTERS: list[tuple[str, Callable[[Cast], dict[str, Any]], int]] = [
    ("prompts/", lambda _: {"language": "zh"}, 0),
    ("prompts/", lambda _: {"channel": "social"}, 1),
    ("briefs/", lambda cast: {"author": cast.marketer.pk}, 2),
    ("briefs/", lambda cast: {"author": cast.reviewer.pk}, 0),
    ("briefs/", lambda _: {"language": "en", "channel": "social"}, 2),
    ("runs/", lambda _: {"status": "SUCCEEDED"}, 2),
    ("runs/", lambda _: {"brief": Brief.objects.latest("pk").pk}, 1),
    ("drafts/", lambda _: {"brief": Brief.objects.latest("pk").pk}, 2),
    ("drafts/", lambda _: {"origin": "human"}, 0),
    ("reviews/", lambda _: {"status": "PENDING"}, 2),
    ("reviews/", lambda cast: {"claimed_by": cast.reviewer.pk}, 2),
    ("reviews/", lambda _: {"language": "zh"}, 0),
    ("reviews/", lambda _: {"brief": Brief.objects.latest("pk").pk}, 2),
    ("datasets/", lambda _: {"type": "preference"}, 2),
    ("datasets/", lambda _: {"status": "FAILED"}, 0),
]


@pytest.mark.parametrize(("path", "query", "rows"), FILTERS)
def test_filters(cast: Cast, path: str, query: Callable[[Cast], dict[str, Any]], rows: int) -> None:
    make_prompt(cast.team)
    for number in range(2):
        fill(cast, number)
    assert len(Api(cast.engineer).get(path, **query(cast)).json()["results"]) == rows


@pytest.mark.parametrize("query", [{"language": "fr"}, {"author": "me"}, {"author": 10**40}, {"status": "x"}])
def test_a_filter_takes_what_there_is(cast: Cast, query: dict[str, Any]) -> None:
    answer = Api(cast.marketer).get("briefs/", **query)
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or answer.json()["results"] == []
