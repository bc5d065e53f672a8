"""The page on which a lead settles whose a review is, how urgent, and until when; giving back and taking away."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aigc_portal.accounts.models import Membership, Role
from aigc_portal.audit.models import AuditEvent
from review.actions.claims import claim
from review.actions.triage import assign, set_priority
from review.models import Review
from tests.cast import Cast
from tests.review.judging import judge
from tests.review.people import also_reviewer
from tests.review.test_bulk_pages import make_gold_review

DUE = "2099-05-06T07:08"


def path(review: Review, act: str = "triage") -> str:
    return f"/reviews/{review.pk}/{act}/"


def page(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def form(review: Review, **changed: Any) -> dict[str, str]:
    """As the page shows the form now, with what the lead changes in it."""
    shown = {
        "person": str(review.assigned_to_id or "nobody"),
        "priority": str(review.priority),
        "due_at": review.due_at.strftime("%Y-%m-%dT%H:%M"),
    }
    return {f"initial-{name}": value for name, value in shown.items()} | shown | changed


def test_the_desk_leads_there(cast: Cast, waiting: Review) -> None:
    assert path(waiting) in page(cast.client("lead").get(waiting.get_absolute_url()))
    assert path(waiting) not in page(cast.client("reviewer").get(waiting.get_absolute_url()))
    judge(waiting, cast.reviewer)
    assert path(waiting) not in page(cast.client("lead").get(waiting.get_absolute_url()))


def test_all_three_are_settled_at_once(cast: Cast, waiting: Review) -> None:
    client = cast.client("lead")
    text = page(client.get(path(waiting)))
    for part in ('name="initial-person" value="nobody"', 'type="datetime-local"', "Time zone of the portal: UTC."):
        assert part in text, part
    answer = client.post(path(waiting), form(waiting, person=str(cast.reviewer.pk), priority="1", due_at=DUE))
    assert answer["Location"] == waiting.get_absolute_url()
    waiting.refresh_from_db()
    assert (waiting.assigned_to, waiting.priority, f"{waiting.due_at:%Y-%m-%dT%H:%M}") == (cast.reviewer, 1, DUE)


def test_what_nobody_touched_is_not_written(cast: Cast, waiting: Review) -> None:
    """The minute that the form shows is not the moment that is due."""
    before = waiting.due_at
    cast.client("lead").post(path(waiting), form(waiting))
    waiting.refresh_from_db()
    assert waiting.due_at == before
    assert AuditEvent.objects.about(waiting).count() == 1


def test_what_somebody_else_changed_meanwhile_stays(cast: Cast, waiting: Review) -> None:
    sent = form(waiting, priority="2")
    assign(actor=cast.lead, review=waiting, to=cast.reviewer)
    assert cast.client("lead").post(path(waiting), sent).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.assigned_to, waiting.priority) == (cast.reviewer, 2)


def test_two_who_change_the_same_are_told(cast: Cast, waiting: Review) -> None:
    """Nothing is saved, what stands now is shown, and what was chosen is still there to be sent again."""
    sent = form(waiting, person=str(cast.second_reviewer.pk), due_at=DUE)
    assign(actor=cast.lead, review=waiting, to=cast.reviewer)
    set_priority(actor=cast.lead, review=waiting, priority=1)
    client = cast.client("lead")
    answer = client.post(path(waiting), sent)
    text = page(answer)
    assert answer.status_code == 409
    for part in (
        "Assigned to Reviewer · Urgent",
        f'<option value="{cast.second_reviewer.pk}" selected>',
        '<option value="1" selected>',
        f'value="{DUE}"',
        f'name="initial-person" value="{cast.reviewer.pk}"',
    ):
        assert part in text, part
    waiting.refresh_from_db()
    assert waiting.assigned_to == cast.reviewer
    again = form(waiting, person=str(cast.second_reviewer.pk), due_at=DUE)
    assert client.post(path(waiting), again).status_code == 302


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"due_at": "2001-01-01T00:00"}, "This time is over. Choose a later one."),
        ({"due_at": "soon"}, "Enter a valid date/time."),
        ({"due_at": ""}, "This field is required."),
        ({"priority": "9"}, "Select a valid choice"),
        ({"person": "999999"}, "This person does not review here any more."),
    ],
)
def test_what_does_not_fit_comes_back(cast: Cast, waiting: Review, changed: dict[str, str], said: str) -> None:
    wanted = {"person": str(cast.reviewer.pk), "priority": "1"} | changed
    answer = cast.client("lead").post(path(waiting), form(waiting, **wanted))
    assert answer.status_code == 422
    assert said in page(answer)
    assert "selected" in page(answer)
    waiting.refresh_from_db()
    assert (waiting.assigned_to, waiting.priority) == (None, 3)


def test_who_may_not_decide_is_refused_by_name(cast: Cast, waiting: Review) -> None:
    also_reviewer(cast.marketer, cast.team)
    client = cast.client("lead")
    shown = page(client.get(path(waiting)))
    assert shown.index("May review it") < shown.index("May not") < shown.index(">Marketer</option>")
    answer = client.post(path(waiting), form(waiting, person=str(cast.marketer.pk), priority="1"))
    assert (answer.status_code, "Marketer asked for this text" in page(answer)) == (422, True)
    waiting.refresh_from_db()
    assert waiting.priority == 3


def test_who_left_meanwhile_gets_nothing(cast: Cast, waiting: Review) -> None:
    sent = form(waiting, person=str(cast.reviewer.pk))
    Membership.objects.filter(user=cast.reviewer, role=Role.REVIEWER).delete()
    assert cast.client("lead").post(path(waiting), sent).status_code == 422


def test_what_is_decided_says_so(cast: Cast, waiting: Review) -> None:
    sent = form(waiting, priority="1")
    judge(waiting, cast.reviewer)
    client = cast.client("lead")
    answer = client.post(path(waiting), sent)
    assert (answer.status_code, "not open any more: Approved" in page(answer)) == (409, True)
    assert "not open any more" in page(client.get(path(waiting)))


def test_taking_away(cast: Cast, held: Review) -> None:
    client = cast.client("lead")
    text = page(client.get(path(held)))
    for part in ("Reviewer is reviewing this until", "Take this text away from Reviewer?", 'data-confirm="take-away"'):
        assert part in text, part
    answer = client.post(path(held, "take-away"), {"holder": cast.reviewer.pk})
    assert answer["Location"] == path(held)
    assert Review.objects.get(pk=held.pk).claimed_by is None


def test_taking_away_from_who_does_not_hold_it_any_more(cast: Cast, held: Review) -> None:
    """The lead saw another name than that of who holds it now."""
    client = cast.client("lead")
    Review.objects.filter(pk=held.pk).update(claimed_by=cast.second_reviewer)
    answer = client.post(path(held, "take-away"), {"holder": cast.reviewer.pk})
    assert (answer.status_code, "Second Reviewer is reviewing it" in page(answer)) == (409, True)
    assert Review.objects.get(pk=held.pk).claimed_by == cast.second_reviewer
    judge_and_take = client.post(path(held, "take-away"), {})
    assert judge_and_take.status_code == 409


def test_giving_back(cast: Cast, waiting: Review) -> None:
    assign(actor=cast.lead, review=waiting, to=cast.reviewer)
    client = cast.client("reviewer")
    assert path(waiting, "give-back") in page(client.get(waiting.get_absolute_url()))
    claim(actor=cast.reviewer, review=waiting)
    for _click in range(2):
        answer = client.post(path(waiting, "give-back"))
        assert answer["Location"] == waiting.get_absolute_url()
    waiting.refresh_from_db()
    assert (waiting.assigned_to, waiting.status) == (None, "PENDING")
    assert AuditEvent.objects.filter(action="review.unassigned").count() == 1
    assert path(waiting, "give-back") not in page(client.get(waiting.get_absolute_url()))


def test_a_known_answer_looks_like_any_other(cast: Cast, waiting: Review) -> None:
    gold = make_gold_review(cast, waiting)
    reviewer, lead = cast.client("reviewer"), cast.client("lead")
    for act in ("triage", "take-away"):
        statuses = {reviewer.post(path(review, act), {}).status_code for review in (gold, waiting)}
        assert statuses == {403}
        assert lead.post(path(gold, act), {}).status_code == 404
    desk = page(reviewer.get(gold.get_absolute_url()))
    assert (path(gold, "give-back") in desk, "Assigned to you" in desk) == (False, False)
    answers = [reviewer.post(path(review, "give-back")).status_code for review in (gold, waiting)]
    assert answers == [302, 302]
    assert Review.for_reviewers.get(pk=gold.pk).assigned_to == cast.reviewer
    assert path(gold) not in page(lead.get(gold.get_absolute_url()))


@pytest.mark.parametrize("act", ["triage", "take-away", "give-back"])
def test_who_may(cast: Cast, held: Review, act: str) -> None:
    Review.objects.filter(pk=held.pk).update(assigned_to=cast.reviewer)
    for name in ("marketer", "second_reviewer", "auditor", "engineer", "admin"):
        assert cast.client(name).post(path(held, act), form(held)).status_code == 403
    assert cast.client("outsider").post(path(held, act), form(held)).status_code == 404
    if act != "triage":
        assert cast.client("lead").get(path(held, act)).status_code == 405
    held.refresh_from_db()
    assert (held.assigned_to, held.claimed_by) == (cast.reviewer, cast.reviewer)
