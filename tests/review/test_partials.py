"""What pages of both apps show of a review."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from generation.models import Draft
from review.actions.decisions import approve
from review.actions.submission import submit_for_review, withdraw
from review.actions.verdicts import Verdict
from review.models import ReasonCode, Review
from review.templatetags.reviews import age
from tests.cast import Cast


def test_the_state_is_that_of_the_newest_review(cast: Cast, waiting: Review, draft: Draft) -> None:
    withdraw(actor=cast.marketer, review=waiting)
    again = submit_for_review(actor=cast.marketer, draft=draft)
    with override("en"):
        text = render_to_string("review/_state.html", {"draft": draft})
    assert "Waiting for review" in text
    assert f'href="{again.get_absolute_url()}"' in text


def test_a_draft_that_was_never_submitted_has_no_state(draft: Draft) -> None:
    assert render_to_string("review/_state.html", {"draft": draft}).strip() == ""


@pytest.mark.parametrize(("language", "label"), [("en", "States something false"), ("zh-hans", "内容不实")])
def test_the_outcome_speaks_the_readers_language(
    cast: Cast, held: Review, reason: ReasonCode, language: str, label: str
) -> None:
    verdict = Verdict(reasons=["inaccurate"], accuracy=2, language=5, comment="短一点")
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=verdict, corrected_text="A tea.")
    with override(language):
        text = render_to_string("review/_outcome.html", {"review": Review.objects.get()})
    for part in (label, "短一点", "2<span", "5<span", "Reviewer", "<del>", held.approved_draft.sha256):  # type: ignore[union-attr]
        assert part in text, part


def test_an_open_review_has_no_outcome(held: Review) -> None:
    assert render_to_string("review/_outcome.html", {"review": held}).strip() == ""


def test_ages_are_told_in_one_unit() -> None:
    with override("en"):
        now = timezone.now()
        assert age(now) == "less than a minute"
        assert age(now - timedelta(hours=3, minutes=20)) == "3\xa0hours"
