from __future__ import annotations

from tests.cast import Cast


def test_a_wrong_method_is_answered_with_a_page(cast: Cast) -> None:
    answer = cast.client("marketer").post("/briefs/")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET"
    assert b"<h1" in answer.content


def test_an_unknown_address_is_a_page_for_people(cast: Cast) -> None:
    answer = cast.client("marketer").get("/nowhere/")
    assert answer.status_code == 404
    assert b"<h1" in answer.content
