"""Under a blind policy reviewers judge without each other, and only those who review, lead or audit learn the names."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils.html import strip_tags

from review.actions.claims import claim
from review.forms.policy_form import PolicyForm
from review.models import Review
from review.policy_rules import PolicyRules
from review.policy_words import words_of
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_draft, make_policy, make_reason, make_review
from tests.review.judging import judge
from tests.review.people import also_reviewer
from tests.review.talking import say

TOLD = ("reviewer", "third_reviewer", "lead", "auditor")
NOT_TOLD = ("marketer", "second_marketer", "engineer", "admin")
NAMES = ("Reviewer", "Second Reviewer")


@pytest.fixture(params=[True, False], ids=["blind", "open"])
def blind(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def review(cast: Cast, waiting: Review, blind: bool) -> Review:
    """The reviewer corrected it and said why."""
    make_reason(cast.team)
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, blind=blind)
    review = make_review(make_draft(waiting.draft.brief, "A strong black tea."))
    say(review, cast.reviewer, "Too strong?")
    judge(review, cast.reviewer, text="A mild black tea.")
    return review


def named_on_page(cast: Cast, person: str, review: Review) -> set[str]:
    """The names of the two reviewers where a page tells of one who reviews; not the reader's own in the menu."""
    text = cast.client(person).get(f"/reviews/{review.pk}/").content.decode()
    main = strip_tags(text.partition("<main")[2].partition("</main>")[0].replace("Submitted by Marketer", ""))
    told = (f"by {NAMES[0]}", f"{NAMES[0]}, ", f"{NAMES[0]} is reviewing"), (NAMES[1],)
    return {name for name, ways in zip(NAMES, told, strict=True) if any(way in main for way in ways)}


def people_in(told: dict[str, Any]) -> set[str]:
    """Everybody whom the API names as one who reviews or wrote a correction."""
    people = [
        told["assigned_to"],
        told["claimed_by"],
        told["decided_by"],
        *(one["reviewer"] for one in told["verdicts"]),
    ]
    people += [draft["author"] for draft in (told["current_draft"], told["approved_draft"]) if draft]
    return {person["name"] for person in people if person}


@pytest.mark.parametrize("person", [*TOLD, *NOT_TOLD])
def test_after_the_decision(cast: Cast, review: Review, blind: bool, person: str) -> None:
    judge(review, cast.second_reviewer)
    kept = blind and person in NOT_TOLD
    assert named_on_page(cast, person, review) == (set() if kept else set(NAMES))
    told = Api(getattr(cast, person)).get(f"reviews/{review.pk}/").json()
    assert people_in(told) == (set() if kept else set(NAMES))
    assert (told["status"], len(told["verdicts"])) == ("APPROVED", 2)
    (comment,) = Api(getattr(cast, person)).get(f"reviews/{review.pk}/comments/").json()["results"]
    assert comment["author"] == (None if kept else {"id": cast.reviewer.pk, "name": "Reviewer"})


@pytest.mark.parametrize("person", [*TOLD[1:], *NOT_TOLD])
def test_while_somebody_reviews_it(cast: Cast, review: Review, blind: bool, person: str) -> None:
    """Who has it is told to the other reviewers: they take something else."""
    review.refresh_from_db()
    claim(actor=cast.second_reviewer, review=review)
    kept = blind and person in NOT_TOLD
    text = cast.client(person).get(f"/reviews/{review.pk}/").content.decode()
    assert ("Second Reviewer is reviewing this until" in text) is not kept
    assert ("A reviewer has it until" in text) is kept
    told = Api(getattr(cast, person)).get(f"reviews/{review.pk}/").json()
    assert (told["claimed_by"] is None) is kept


def test_a_reviewer_with_a_part_in_the_text_is_its_author(cast: Cast, review: Review, blind: bool) -> None:
    also_reviewer(cast.marketer, cast.team)
    judge(review, cast.second_reviewer)
    assert named_on_page(cast, "marketer", review) == (set() if blind else set(NAMES))


def test_to_whom_it_is_assigned(cast: Cast, review: Review, blind: bool) -> None:
    Review.objects.filter(pk=review.pk).update(assigned_to=cast.second_reviewer)
    for person in (*TOLD[1:], *NOT_TOLD):
        kept = blind and person in NOT_TOLD
        told = Api(getattr(cast, person)).get(f"reviews/{review.pk}/").json()
        assert (told["assigned_to"] is None) is kept, person
        assert named_on_page(cast, person, review) >= (set() if kept else {"Second Reviewer"}), person
        assert not kept or not named_on_page(cast, person, review), person


def test_the_api_is_not_asked_for_who_it_was(cast: Cast, review: Review, blind: bool) -> None:
    judge(review, cast.second_reviewer)
    asked = {"decided_by": cast.second_reviewer.pk}
    for person, found in (("marketer", not blind), ("third_reviewer", True), ("lead", True)):
        results = Api(getattr(cast, person)).get("reviews/", **asked).json()["results"]
        assert bool(results) is found, person


def test_what_the_policy_says_is_what_happens(cast: Cast) -> None:
    hidden, adjudicator, authors = re.split("[;,]", words_of(PolicyRules(blind=True))["Verdicts of others"])
    assert hidden == "Hidden until the decision"
    assert adjudicator == " an adjudicator sees them without names"
    assert authors == " and authors never learn the names"
    field = PolicyForm(policy=make_policy(cast.team))["blind"]
    assert field.label == "Reviewers do not see each other's verdicts before the decision"
    assert field.help_text == "An adjudicator sees them without names. Authors never learn the reviewers' names."
