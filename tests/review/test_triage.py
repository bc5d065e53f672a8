"""What a lead settles about an open review: whose it is, how urgent, until when; and taking it from its holder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from aigc_portal.accounts.models import Membership, User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.notices.models import Notice
from aigc_portal.problems import Refused
from review.actions.assignees import unassign_former_reviewers
from review.actions.claims import claim
from review.actions.triage import assign, give_back, set_due, set_priority, take_away
from review.models import Review
from tests.cast import Cast
from tests.factories import make_draft, make_gold, make_group, make_policy, make_review
from tests.review.judging import judge
from tests.review.people import also_reviewer

LATER = datetime(2099, 5, 6, 7, 8, tzinfo=UTC)


def events_of(review: Review) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Action, before and after of what was done to the review since it was submitted."""
    events = AuditEvent.objects.about(review).exclude(action="review.submitted").order_by("pk")
    return [(event.action, event.data.get("before", {}), event.data.get("after", {})) for event in events]


def told(kind: str) -> set[User]:
    return {notice.user for notice in Notice.objects.filter(kind=kind).select_related("user")}


@pytest.fixture
def gold(cast: Cast, waiting: Review) -> Review:
    """A text with a known answer, for the reviewer alone."""
    item = make_gold(waiting.draft, cast.lead)
    return Review.for_reviewers.create(
        team=cast.team,
        draft=item.draft,
        current_draft=item.draft,
        submitted_by=cast.marketer,
        due_at=LATER,
        policy=waiting.policy,
        gold=item,
        assigned_to=cast.reviewer,
    )


def test_a_review_is_given_to_one_person(cast: Cast, waiting: Review) -> None:
    assign(actor=cast.lead, review=waiting, to=cast.reviewer)
    assert waiting.assigned_to == cast.reviewer
    assert events_of(waiting) == [("review.assigned", {"assigned_to": ""}, {"assigned_to": "Reviewer"})]
    assert told("review.assigned") == {cast.reviewer}
    with pytest.raises(Refused, match="assigned_to_other"):
        claim(actor=cast.second_reviewer, review=waiting)
    claim(actor=cast.reviewer, review=waiting)


def test_giving_it_to_whom_it_was_given_is_nothing(cast: Cast, waiting: Review) -> None:
    for _attempt in range(2):
        assign(actor=cast.lead, review=waiting, to=cast.reviewer)
    assert len(events_of(waiting)) == 1
    assert Notice.objects.count() == 1


def test_it_is_opened_to_everybody_again(cast: Cast, waiting: Review) -> None:
    assign(actor=cast.lead, review=waiting, to=cast.reviewer)
    assign(actor=cast.lead, review=waiting, to=None)
    assert waiting.assigned_to is None
    assert events_of(waiting)[-1] == ("review.unassigned", {"assigned_to": "Reviewer"}, {"assigned_to": ""})


def test_whoever_it_is_assigned_to_gives_it_back(cast: Cast, waiting: Review) -> None:
    assign(actor=cast.lead, review=waiting, to=cast.reviewer)
    with pytest.raises(PermissionDenied):
        give_back(actor=cast.second_reviewer, review=waiting)
    give_back(actor=cast.reviewer, review=waiting)
    assert waiting.assigned_to is None
    assert AuditEvent.objects.filter(action="review.unassigned").get().actor == cast.reviewer


def test_giving_back_lets_go_of_what_one_holds(cast: Cast, waiting: Review) -> None:
    assign(actor=cast.lead, review=waiting, to=cast.reviewer)
    claim(actor=cast.reviewer, review=waiting)
    give_back(actor=cast.reviewer, review=waiting)
    assert (waiting.status, waiting.claimed_by, waiting.assigned_to) == ("PENDING", None, None)
    assert [action for action, *_ in events_of(waiting)][-2:] == ["review.released", "review.unassigned"]


def test_only_who_may_decide_gets_it_and_the_refusal_names_them(cast: Cast, waiting: Review) -> None:
    also_reviewer(cast.marketer, cast.team)
    left = also_reviewer(cast.engineer, cast.team)
    User.objects.filter(pk=left.pk).update(is_active=False)
    for person, code, said in [
        (cast.auditor, "not_a_reviewer", "Auditor is no reviewer"),
        (cast.outsider, "not_a_reviewer", "Outsider is no reviewer"),
        (cast.marketer, "four_eyes", "Marketer asked for this text"),
        (left, "not_active", "Engineer does not work here"),
    ]:
        with pytest.raises(Refused) as refused:
            assign(actor=cast.lead, review=waiting, to=User.objects.get(pk=person.pk))
        assert refused.value.code == code
        assert said in refused.value.detail
    assert events_of(waiting) == []
    assert not Notice.objects.exists()


def test_who_has_judged_the_text_or_is_not_in_the_group_does_not_get_it(cast: Cast, waiting: Review) -> None:
    group = make_group(cast.team, "Legal", cast.third_reviewer)
    make_policy(cast.team, {"reviewers": 1}, {"reviewers": 1, "group": group})
    review = make_review(make_draft(waiting.draft.brief, "Another tea."))
    judge(review, cast.reviewer)
    for person, code in [(cast.reviewer, "judged_already"), (cast.second_reviewer, "not_asked")]:
        with pytest.raises(Refused) as refused:
            assign(actor=cast.lead, review=review, to=person)
        assert (refused.value.code, str(person) in refused.value.detail) == (code, True)
    assign(actor=cast.lead, review=review, to=cast.third_reviewer)


def test_what_somebody_holds_is_given_to_nobody_else(cast: Cast, held: Review) -> None:
    with pytest.raises(Refused) as refused:
        assign(actor=cast.lead, review=held, to=cast.second_reviewer)
    assert (refused.value.code, "Reviewer is reviewing" in refused.value.detail) == ("in_hands", True)
    assign(actor=cast.lead, review=held, to=cast.reviewer)
    assert held.status == "IN_REVIEW"


def test_who_judged_meanwhile_does_not_get_it(cast: Cast, waiting: Review) -> None:
    """The lead looks at the review as it stood before."""
    make_policy(cast.team, {"reviewers": 2})
    review = make_review(make_draft(waiting.draft.brief, "Another tea."))
    as_read = Review.objects.get(pk=review.pk)
    judge(review, cast.reviewer)
    with pytest.raises(StaleState):
        assign(actor=cast.lead, review=as_read, to=cast.reviewer)
    assert Review.objects.get(pk=review.pk).assigned_to is None


def test_two_leads_at_once(cast: Cast, waiting: Review) -> None:
    one, other = Review.objects.get(pk=waiting.pk), Review.objects.get(pk=waiting.pk)
    assign(actor=cast.lead, review=one, to=cast.reviewer)
    with pytest.raises(StaleState):
        assign(actor=cast.lead, review=other, to=cast.second_reviewer)
    set_priority(actor=cast.lead, review=one, priority=1)
    stale = Review.objects.get(pk=waiting.pk)
    set_priority(actor=cast.lead, review=one, priority=2)
    with pytest.raises(StaleState):
        set_priority(actor=cast.lead, review=stale, priority=4)


def test_priority_and_due_date(cast: Cast, waiting: Review) -> None:
    before = waiting.due_at
    Review.objects.filter(pk=waiting.pk).update(escalated_at=timezone.now())
    for _attempt in range(2):
        set_priority(actor=cast.lead, review=waiting, priority=1)
        set_due(actor=cast.lead, review=waiting, due_at=LATER)
    assert (waiting.priority, waiting.due_at, waiting.escalated_at) == (1, LATER, None)
    assert events_of(waiting) == [
        ("review.priority_changed", {"priority": 3}, {"priority": 1}),
        ("review.due_changed", {"due_at": before.isoformat()}, {"due_at": LATER.isoformat()}),
    ]


def test_nothing_is_due_in_the_past(cast: Cast, waiting: Review) -> None:
    before = waiting.due_at
    with pytest.raises(Refused, match="due_in_the_past"):
        set_due(actor=cast.lead, review=waiting, due_at=timezone.now() - timedelta(minutes=1))
    waiting.refresh_from_db()
    assert waiting.due_at == before


def test_taking_away(cast: Cast, held: Review) -> None:
    take_away(actor=cast.lead, review=held)
    assert (held.status, held.claimed_by, held.claimed_until) == ("PENDING", None, None)
    event = AuditEvent.objects.about(held).get(action="review.taken_over")
    assert (event.actor, event.data["held_by"]) == (cast.lead, "Reviewer")
    assert told("review.claim_lost") == {cast.reviewer}
    with pytest.raises(StaleState):
        take_away(actor=cast.lead, review=held)


def test_what_is_decided_stays(cast: Cast, waiting: Review) -> None:
    judge(waiting, cast.reviewer)
    waiting.refresh_from_db()
    for act in every_act(cast, waiting):
        with pytest.raises(StaleState):
            act()


def every_act(cast: Cast, review: Review, actor: User | None = None) -> list[Any]:
    who: Any = {"actor": actor or cast.lead, "review": review}
    return [
        lambda: assign(**who, to=cast.second_reviewer),
        lambda: assign(**who, to=None),
        lambda: set_priority(**who, priority=1),
        lambda: set_priority(**who, priority=review.priority),
        lambda: set_due(**who, due_at=LATER + timedelta(days=1)),
        lambda: take_away(**who),
    ]


@pytest.mark.parametrize("name", ["marketer", "reviewer", "auditor", "engineer", "admin", "outsider"])
def test_only_leads_of_the_team(cast: Cast, held: Review, name: str) -> None:
    before = AuditEvent.objects.count()
    for act in every_act(cast, held, getattr(cast, name)):
        with pytest.raises(PermissionDenied):
            act()
    assert AuditEvent.objects.count() == before


def test_a_text_with_a_known_answer_stays_where_it_is(cast: Cast, gold: Review) -> None:
    for act in every_act(cast, gold):
        with pytest.raises(Refused, match="known_answer"):
            act()
    assert events_of(gold) == []


def test_its_reviewer_is_refused_like_for_any_other(cast: Cast, gold: Review, waiting: Review) -> None:
    """Nothing tells that it is assigned to them from the start."""
    said = []
    for review in (gold, waiting):
        for act in [*every_act(cast, review, cast.reviewer), lambda: give_back(actor=cast.reviewer, review=review)]:  # noqa: B023
            with pytest.raises(PermissionDenied) as denied:
                act()
            said.append(str(denied.value))
    assert said[: len(said) // 2] == said[len(said) // 2 :]
    assert Review.for_reviewers.get(pk=gold.pk).assigned_to == cast.reviewer


@pytest.mark.parametrize("how", ["role", "account", "group"])
def test_what_waits_for_somebody_who_left_waits_for_everybody(cast: Cast, draft: Any, how: str) -> None:
    group = make_group(cast.team, "Legal", cast.reviewer)
    make_policy(cast.team, {"group": group if how == "group" else None})
    review = make_review(draft)
    assign(actor=cast.lead, review=review, to=cast.reviewer)
    assert unassign_former_reviewers() == 0
    match how:
        case "role":
            Membership.objects.filter(user=cast.reviewer).delete()
        case "account":
            User.objects.filter(pk=cast.reviewer.pk).update(is_active=False)
        case "group":
            group.members.remove(cast.reviewer)
    assert unassign_former_reviewers() == 1
    assert unassign_former_reviewers() == 0
    review.refresh_from_db()
    assert review.assigned_to is None
    assert events_of(review)[-1] == ("review.unassigned", {"assigned_to": "Reviewer"}, {"assigned_to": ""})


def test_texts_with_a_known_answer_stay_with_who_left(cast: Cast, gold: Review) -> None:
    Membership.objects.filter(user=cast.reviewer).delete()
    assert unassign_former_reviewers() == 0
