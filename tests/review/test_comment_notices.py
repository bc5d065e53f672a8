"""Telling many people of one comment: what it costs, and that nobody is told more than the pages show."""

from __future__ import annotations

from dataclasses import fields

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Role, User
from aigc_portal.notices.models import Notice
from generation.models import Draft
from review.actions.claims import claim
from review.comment_notices import readers
from review.models import Review
from review.visible_comments import comment_sight
from tests.cast import Cast, make_user
from tests.factories import make_gold, make_group, make_policy, make_reason, make_review
from tests.review.judging import judge, under
from tests.review.talking import say

TWO = {"reviewers": 2}


def everybody(cast: Cast) -> list[User]:
    return [person for field in fields(cast) if isinstance(person := getattr(cast, field.name), User)]


def queries(review: Review, person: User, *named: User) -> list[str]:
    """What the database is asked and told when the person names these people in a new thread."""
    with CaptureQueriesContext(connection) as captured:
        say(review, person, " ".join(f"@{one}" for one in named))
    return [query["sql"] for query in captured]


@pytest.mark.parametrize("blind", [True, False])
@pytest.mark.parametrize("role", [Role.MARKETER, Role.REVIEWER, Role.LEAD])
def test_as_many_queries_for_five_people_as_for_one(cast: Cast, draft: Draft, blind: bool, role: str) -> None:
    review = under(draft, TWO, blind=blind)
    five = [make_user(f"{name} {role}", cast.team, role) for name in ("blue", "green", "red", "white", "black")]
    one = len(queries(review, cast.reviewer, five[0]))
    assert len(queries(review, cast.reviewer, *five)) == one


def test_people_of_all_kinds_cost_one_insert_a_wording(cast: Cast, draft: Draft) -> None:
    """Mentioned or not, with the name or without."""
    review = under(draft, TWO, blind=True)
    five = [cast.second_reviewer, cast.third_reviewer, cast.lead, cast.second_marketer, cast.auditor]

    def reads(asked: list[str]) -> int:
        return len([sql for sql in asked if "notices_notice" not in sql])

    one = reads(queries(review, cast.reviewer, cast.second_reviewer))
    Notice.objects.all().delete()
    many = queries(review, cast.reviewer, *five)
    assert reads(many) == one
    assert len(many) - reads(many) == 3
    assert {(notice.kind, notice.user.name, notice.actor_name) for notice in Notice.objects.select_related("user")} == {
        ("review.mentioned", "Lead", "Reviewer"),
        ("review.mentioned", "Auditor", "Reviewer"),
        ("review.mentioned", "Second Marketer", ""),
        ("review.commented", "Marketer", ""),
    }


@pytest.mark.parametrize("state", ["waiting", "held", "judged", "disputed", "decided"])
@pytest.mark.parametrize("rules", [{"blind": True}, {"blind": False}], ids=["blind", "open"])
def test_everybody_is_told_what_the_pages_show_them(
    cast: Cast, draft: Draft, rules: dict[str, bool], state: str
) -> None:
    make_reason(cast.team)
    make_policy(
        cast.team, TWO | {"rule": "unanimous"}, adjudicators=make_group(cast.team, "Judges", cast.lead), **rules
    )
    make_user("also lead", cast.team, Role.LEAD, Role.REVIEWER)
    review = make_review(draft)
    if state == "held":
        claim(actor=cast.second_reviewer, review=review)
    verdicts = {"judged": ["APPROVED"], "disputed": ["APPROVED", "REJECTED"], "decided": ["APPROVED", "APPROVED"]}
    for person, verdict in zip([cast.reviewer, cast.second_reviewer], verdicts.get(state, []), strict=False):
        judge(review, person, verdict)
    review = Review.objects.get(pk=review.pk)
    members = [*everybody(cast), User.objects.get(name="Also Lead")]
    seen = dict(readers(review, {person.pk for person in members}))
    assert seen == {person: comment_sight(person, review) for person in members if person != cast.outsider}


def test_of_a_text_with_a_known_answer_only_who_may_open_it(cast: Cast, waiting: Review) -> None:
    make_reason(cast.team)
    judge(waiting, cast.second_reviewer)
    gold = make_gold(waiting.draft, cast.lead)
    told = {"team": cast.team, "draft": waiting.draft, "current_draft": waiting.draft, "policy": waiting.policy}
    review = Review.for_reviewers.create(
        **told, gold=gold, assigned_to=cast.reviewer, submitted_by=cast.marketer, due_at=waiting.due_at
    )
    members = everybody(cast)
    may_open = {one for one in members if Review.for_reviewers.visible_to(one).filter(pk=review.pk).exists()}
    assert {person for person, _seen in readers(review, {one.pk for one in members})} == may_open
    assert may_open == {cast.reviewer, cast.lead}
