from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from generation.actions.briefs import create_brief
from generation.actions.drafts import edit_draft
from generation.models import Draft
from generation.models.drafts import LONGEST_TEXT
from review.actions.claims import claim
from review.actions.decisions import approve, reject, request_changes
from review.actions.submission import withdraw
from review.actions.verdicts import Verdict
from review.lifeline import lifeline
from review.models import ReasonCode, Review
from review.subject import Subject
from tests.cast import Cast
from tests.factories import VALUES, make_brief, make_draft, make_prompt, make_review, make_run
from tests.review.people import also_reviewer

NASTY = "<script>alert(1)</script> **bold** [link](javascript:alert(1)) <img src=x onerror=alert(1)>"


def page(cast: Cast, person: str, review: Review) -> str:
    answer = cast.client(person).get(f"/reviews/{review.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_holds_it_gets_the_form(cast: Cast, held: Review, reason: ReasonCode) -> None:
    text = page(cast, "reviewer", held)
    for part in (
        f'action="/reviews/{held.pk}/approve/"',
        f'formaction="/reviews/{held.pk}/request-changes/"',
        f'formaction="/reviews/{held.pk}/reject/"',
        f'name="sha256" value="{held.draft.sha256}"',
        f'data-autosave="review:{cast.reviewer.pk}:{held.pk}"',
        f'hx-post="/reviews/{held.pk}/renew/"',
        'name="idempotency_key"',
        'name="accuracy" value="5"',
        'name="brand_fit" value="1"',
        'value="inaccurate"',
        "States something false",
        "Yours until",
        "Picked in April",
        "A fresh spring tea.",
    ):
        assert part in text, part
    for key in "aecrpjk":
        assert f'data-shortcut="{key}"' in text


def test_a_waiting_text_is_read_and_taken(cast: Cast, waiting: Review) -> None:
    text = page(cast, "reviewer", waiting)
    assert "Take this review" in text
    assert "data-desk" not in text


def test_what_somebody_else_holds_is_read_only(cast: Cast, held: Review) -> None:
    text = page(cast, "second_reviewer", held)
    assert "Reviewer is reviewing this until" in text
    assert "Take this review" not in text
    assert "data-desk" not in text


def test_a_contributor_is_told_why(cast: Cast, waiting: Review) -> None:
    also_reviewer(cast.marketer, cast.team)
    text = page(cast, "marketer", waiting)
    assert "nobody decides on their own text" in text
    assert "Take this review" not in text
    claim(actor=cast.reviewer, review=waiting)
    text = page(cast, "marketer", waiting)
    assert "nobody decides on their own text" in text
    assert "Reviewer is reviewing this until" in text


@pytest.mark.parametrize("person", ["marketer", "second_marketer", "auditor", "engineer", "admin"])
def test_the_team_reads_the_outcome(cast: Cast, held: Review, reason: ReasonCode, person: str) -> None:
    verdict = Verdict(reasons=["inaccurate"], accuracy=2, comment="Six hours,\nnot twelve.")
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=verdict, corrected_text="A spring tea.")
    text = page(cast, person, held)
    for part in ("by Reviewer,", "States something false", "Six hours,\nnot twelve.", "<del>", "with a correction"):
        assert part in text, part
    assert "data-desk" not in text


def test_a_marketer_may_withdraw_what_waits_and_revise_what_came_back(
    cast: Cast, waiting: Review, reason: ReasonCode
) -> None:
    assert f"/reviews/{waiting.pk}/withdraw/" in page(cast, "second_marketer", waiting)
    assert f"/reviews/{waiting.pk}/withdraw/" not in page(cast, "reviewer", waiting)
    claim(actor=cast.reviewer, review=waiting)
    assert f"/reviews/{waiting.pk}/withdraw/" not in page(cast, "marketer", waiting)
    verdict = Verdict(reasons=["inaccurate"])
    request_changes(actor=cast.reviewer, review=waiting, sha256=waiting.draft.sha256, verdict=verdict)
    assert "Revise the text" in page(cast, "marketer", waiting)


def test_a_withdrawn_text_says_so(cast: Cast, waiting: Review) -> None:
    withdraw(actor=cast.marketer, review=waiting)
    assert "The author withdrew this text" in page(cast, "reviewer", waiting)


def test_another_team_does_not_see_it(cast: Cast, held: Review) -> None:
    client = cast.client("outsider")
    assert client.get(f"/reviews/{held.pk}/").status_code == 404
    assert client.post(f"/reviews/{held.pk}/correction/", {"corrected_text": "x"}).status_code == 404
    assert client.get("/reviews/99999999/").status_code == 404


def test_the_second_round_shows_the_first(cast: Cast, held: Review, reason: ReasonCode) -> None:
    verdict = Verdict(reasons=["inaccurate"], comment="Say when it was picked.")
    request_changes(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=verdict)
    child = edit_draft(actor=cast.marketer, draft=held.draft, text="A fresh spring tea, picked in April.")
    again = make_review(child)
    text = page(cast, "reviewer", again)
    assert "What changed since that decision" in text
    assert "Say when it was picked." in text
    assert "<ins>, picked in April</ins>" in text


def test_siblings_ancestors_and_run(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    run = make_run(brief, variants=3)
    drafts = [make_draft(brief, f"Tea {number}.", run=run, variant=number) for number in range(3)]
    make_draft(brief, "Of another run.")
    child = edit_draft(actor=cast.marketer, draft=drafts[0], text="Tea nought.")
    grandchild = edit_draft(actor=cast.marketer, draft=child, text="Tea zero.")
    subject = Subject(Review.objects.with_subject().get(pk=make_review(grandchild).pk))
    assert subject.ancestors == [child, drafts[0]]
    assert subject.siblings == drafts[1:]
    assert subject.run == run
    assert subject.earlier == []
    assert [(piece.kind, piece.text) for piece in subject.edits] == [
        ("same", "Tea "),
        ("delete", "0"),
        ("insert", "zero"),
        ("same", "."),
    ]
    assert subject.values[:1] == [("Topic", "Spring tea")]
    assert subject.length == 2


def test_the_lifeline_says_what_becomes_of_it(cast: Cast, held: Review, reason: ReasonCode) -> None:
    def steps(review: Review) -> list[tuple[str, str, str]]:
        with override("en"):
            return [(step.label, step.state, step.note) for step in lifeline(Subject(review))]

    assert [step[:2] for step in steps(held)] == [
        ("Brief", "done"),
        (f"Run {held.draft.run_id}", "done"),
        ("Variant 1", "done"),
        ("Review", "current"),
        ("Training data", "todo"),
    ]
    reject(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    assert steps(held)[-2:] == [("Review", "current", "Rejected"), ("Training data", "todo", "in the next export")]
    silent = create_brief(
        actor=cast.marketer,
        prompt_version=make_prompt(cast.team),
        title="No consent",
        values=VALUES,
        training_consent=False,
    )
    assert steps(make_review(make_draft(silent)))[-1] == ("Training data", "blocked", "no consent")


def test_the_number_of_queries_does_not_grow_with_the_family(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    client = cast.client("reviewer")

    def queries(variants: int) -> int:
        run = make_run(brief, variants=variants)
        drafts = [
            make_draft(brief, f"Tea {number} of {variants}.", run=run, variant=number) for number in range(variants)
        ]
        review = make_review(drafts[0], claimed_by=cast.reviewer)
        client.get(f"/reviews/{review.pk}/")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/reviews/{review.pk}/")
        return len(captured)

    assert queries(2) == queries(8) <= 20


@pytest.mark.parametrize("claimed", [False, True])
def test_markup_in_any_field_is_text(cast: Cast, reason: ReasonCode, claimed: bool) -> None:
    brief = make_brief(cast.marketer, cast.team, title=NASTY)
    review = make_review(make_draft(brief, NASTY), claimed_by=cast.reviewer if claimed else None)
    text = page(cast, "reviewer", review) + cast.client("reviewer").get("/reviews/").content.decode()
    assert "alert(1)&lt;/script&gt; **bold** [link](javascript:alert(1))" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    if claimed:
        verdict = Verdict(reasons=["inaccurate"], comment=NASTY)
        approve(
            actor=cast.reviewer, review=review, sha256=review.draft.sha256, verdict=verdict, corrected_text=NASTY + "!"
        )
        text = page(cast, "marketer", review)
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_a_correction_is_shown_as_a_difference(cast: Cast, held: Review) -> None:
    client = cast.client("reviewer")
    url = f"/reviews/{held.pk}/correction/"

    def shown(text: str) -> str:
        return client.post(url, {"corrected_text": text}, headers={"HX-Request": "true"}).content.decode()

    text = shown("A fresh <b>green</b> tea.\r\n")
    assert "<del>spring</del>" in text
    assert "&lt;b&gt;green&lt;/b&gt;" in text
    assert "Nothing is changed yet" in shown("A fresh spring tea.\r\n")
    assert "are allowed" in shown("x" * (LONGEST_TEXT + 1))
    assert Draft.objects.count() == 1
    assert client.get(url).status_code == 405
    assert cast.client("marketer").post(url, {"corrected_text": "x"}).status_code == 403


def test_methods(cast: Cast, held: Review) -> None:
    assert cast.client("reviewer").post(f"/reviews/{held.pk}/").status_code == 405
