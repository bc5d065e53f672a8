"""Comments: who may write them, what they belong to, and who hears of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from aigc_portal.accounts.models import Membership, Role, User
from aigc_portal.audit.labels import ACTIONS
from aigc_portal.audit.models import AuditEvent
from aigc_portal.notices.models import Notice
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.comments import add_comment, reopen_thread, resolve_thread
from review.actions.submission import withdraw
from review.models import Comment, Review
from review.models.comments import LONGEST_COMMENT
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_gold, make_policy, make_reason, make_review
from tests.review.judging import judge
from tests.review.talking import say

FAMILY, FLAG, ACCENTED = "👨‍👩‍👧", "🇩🇪", "e\u0301"
TEXT = f"👋🏽 适合{FAMILY}全家，{FLAG} caf{ACCENTED}。"


@pytest.fixture
def chinese(cast: Cast) -> Review:
    return make_review(make_draft(make_brief(cast.marketer, cast.team), TEXT))


def refused(**what: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        add_comment(**what)
    return caught.value


def event(action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action).latest("pk")


def told(review: Review) -> dict[tuple[str, str], str]:
    """Kind and person to the name that they are told."""
    found = Notice.objects.about(review).select_related("user")
    return {(one.kind.removeprefix("review."), one.user.name): one.actor_name for one in found}


@pytest.mark.parametrize("person", ["marketer", "second_marketer", "reviewer", "lead"])
def test_a_thread_on_a_passage(cast: Cast, waiting: Review, person: str) -> None:
    actor = getattr(cast, person)
    comment = say(waiting, actor, "Since when?\r\n", passage="spring tea")
    assert (comment.author, comment.draft, comment.parent, comment.team) == (actor, waiting.draft, None, cast.team)
    assert (comment.quote, comment.text) == ("spring tea", "Since when?")
    written = event("review.commented")
    assert (written.actor, written.target_id, written.team) == (actor, str(waiting.pk), cast.team)
    assert written.data["comment"] == written.data["thread"] == comment.pk
    assert written.data["sha256"] == waiting.draft.sha256
    assert "Since when" not in str(written.data)


def test_a_thread_on_the_whole_text(cast: Cast, waiting: Review) -> None:
    comment = say(waiting, cast.reviewer)
    assert (comment.start, comment.end, comment.quote) == (None, None, "")


@pytest.mark.parametrize("person", ["auditor", "engineer", "admin", "outsider"])
def test_others_only_read(cast: Cast, waiting: Review, person: str) -> None:
    thread = say(waiting, cast.reviewer)
    actor = getattr(cast, person)
    for act in (
        lambda: say(waiting, actor),
        lambda: resolve_thread(actor=actor, thread=thread),
        lambda: reopen_thread(actor=actor, thread=thread),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert Comment.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("全家", "全家"),
        ("👋", "👋🏽"),
        (FAMILY[2:], FAMILY),
        (FLAG[1] + " caf", f"{FLAG} caf"),
        ("\u0301。", f"{ACCENTED}。"),
        (TEXT, TEXT),
    ],
)
def test_a_passage_is_kept_in_whole_signs(cast: Cast, chinese: Review, sent: str, kept: str) -> None:
    assert say(chinese, cast.reviewer, passage=sent).quote == kept


@pytest.mark.parametrize(
    ("start", "end", "quote", "code"),
    [
        (0, 10_000, TEXT, "no_such_passage"),
        (10_000, 10_001, "", "no_such_passage"),
        (5, 3, "", "no_such_passage"),
        (3, 3, "", "no_such_passage"),
        (-4, 3, "", "no_such_passage"),
        (3, None, "适", "passage_incomplete"),
        (None, 3, "适", "passage_incomplete"),
        (3, 5, "全家", "other_passage"),
        (3, 5, "", "other_passage"),
    ],
)
def test_what_is_no_passage(
    cast: Cast, chinese: Review, start: int | None, end: int | None, quote: str, code: str
) -> None:
    what = {"draft_sha256": chinese.draft.sha256, "start": start, "end": end, "quote": quote}
    refusal = refused(actor=cast.reviewer, review=chinese, text="Hm.", **what)
    assert (refusal.code, refusal.status) == (code, 400)
    assert not Comment.objects.exists()


def test_passages_may_overlap(cast: Cast, waiting: Review) -> None:
    for passage in ("fresh spring", "spring tea", "spring", "fresh spring"):
        say(waiting, cast.reviewer, passage=passage)
    assert Comment.objects.count() == 4


def test_a_comment_says_something_and_not_everything(cast: Cast, waiting: Review) -> None:
    what: dict[str, Any] = {"actor": cast.reviewer, "review": waiting, "draft_sha256": waiting.draft.sha256}
    assert refused(text=" \r\n ", **what).code == "empty_comment"
    assert refused(text="長" * (LONGEST_COMMENT + 1), **what).code == "comment_too_long"
    assert add_comment(text="長" * LONGEST_COMMENT, **what).pk


def test_a_text_that_is_another_by_now(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, {"reviewers": 2})
    review = make_review(make_draft(waiting.draft.brief, "A tea for two."))
    thread = say(review, cast.marketer, passage="tea")
    judge(review, cast.reviewer, text="A tea for three.")
    old = review.draft.sha256
    review.refresh_from_db()
    refusal = refused(actor=cast.second_reviewer, review=review, text="Hm.", draft_sha256=old)
    assert (refusal.code, refusal.status) == ("other_text", 409)
    assert refusal.extra["current"]["sha256"] == review.current_draft.sha256
    new = say(review, cast.second_reviewer, passage="three")
    assert new.draft == review.current_draft
    answer = add_comment(actor=cast.marketer, review=review, text="I see.", parent=thread)
    assert answer.draft == thread.draft, "an answer belongs to its thread"


def test_talk_goes_on_after_the_decision_and_ends_with_a_withdrawal(cast: Cast, waiting: Review) -> None:
    judge(waiting, cast.reviewer)
    assert say(waiting, cast.marketer, "Thank you!").pk
    other = make_review(make_draft(waiting.draft.brief, "A tea for two."))
    thread = say(other, cast.reviewer)
    withdraw(actor=cast.marketer, review=other)
    for act in (
        lambda: say(other, cast.reviewer),
        lambda: say(other, cast.reviewer, parent=thread),
        lambda: resolve_thread(actor=cast.reviewer, thread=thread),
    ):
        with pytest.raises(Refused, match="review_withdrawn"):
            act()


def test_resolve_and_reopen(cast: Cast, waiting: Review) -> None:
    thread = say(waiting, cast.reviewer)
    for act, action, resolver, code in (
        (resolve_thread, "review.thread_resolved", cast.marketer, "thread_resolved"),
        (reopen_thread, "review.thread_reopened", None, "thread_open"),
    ):
        act(actor=cast.marketer, thread=thread)
        thread.refresh_from_db()
        assert (thread.resolved_by, thread.resolved_at is not None) == (resolver, resolver is not None)
        written = event(action)
        assert (written.actor, written.target_id, written.data["comment"]) == (
            cast.marketer,
            str(waiting.pk),
            thread.pk,
        )
        assert action in ACTIONS
        with pytest.raises(Refused, match=code):
            act(actor=cast.lead, thread=thread)
        assert AuditEvent.objects.filter(action=action).count() == 1


def test_an_answer_opens_a_resolved_thread_again(cast: Cast, waiting: Review) -> None:
    thread = say(waiting, cast.reviewer)
    resolve_thread(actor=cast.reviewer, thread=thread)
    answer = say(waiting, cast.marketer, "One more thing.", parent=thread)
    thread.refresh_from_db()
    assert thread.resolved_at is None
    assert answer.parent == thread
    assert event("review.thread_reopened").actor == cast.marketer


def test_an_answer_has_no_thread_of_its_own(cast: Cast, waiting: Review) -> None:
    answer = say(waiting, cast.marketer, parent=say(waiting, cast.reviewer))
    with pytest.raises(DatabaseError), transaction.atomic():
        say(waiting, cast.reviewer, parent=answer)
    with pytest.raises(Refused, match="thread_resolved"):
        resolve_thread(actor=cast.reviewer, thread=answer)


def test_what_was_said_stays(cast: Cast, waiting: Review) -> None:
    thread = say(waiting, cast.reviewer)
    with pytest.raises(DatabaseError), transaction.atomic():
        Comment.objects.filter(pk=thread.pk).update(text="Nothing.")
    with pytest.raises(DatabaseError), transaction.atomic():
        thread.delete()


def test_mentioned_people_and_the_others_of_the_thread_are_told(cast: Cast, held: Review) -> None:
    thread = say(held, cast.lead, "@Second Marketer, is it so? Or @Outsider?")
    assert thread.mentions == [cast.second_marketer.pk]
    assert told(held) == {
        ("mentioned", "Second Marketer"): "Lead",
        ("commented", "Marketer"): "Lead",  # whose text it is
        ("commented", "Reviewer"): "Lead",  # who holds it
    }
    Notice.objects.all().delete()
    say(held, cast.second_marketer, "It is, @lead and @Second Marketer.", parent=thread)
    assert told(held) == {
        ("mentioned", "Lead"): "Second Marketer",
        ("commented", "Marketer"): "Second Marketer",
        ("commented", "Reviewer"): "Second Marketer",
    }
    notice = Notice.objects.about(held).first()
    assert notice
    assert notice.url == f"/reviews/{held.pk}/#thread-{thread.pk}"
    assert notice.params == {"title": "Spring tea", "language": "en"}


def test_who_left_hears_nothing(cast: Cast, waiting: Review) -> None:
    thread = say(waiting, cast.lead)
    Notice.objects.all().delete()
    Membership.objects.filter(user=cast.lead).delete()
    User.objects.filter(pk=cast.marketer.pk).update(is_active=False)
    say(waiting, cast.reviewer, "@Lead @Marketer", parent=thread)
    assert told(waiting) == {}


def test_under_a_blind_policy_only_who_may_read_it_is_told(cast: Cast, draft: Draft) -> None:
    make_reason(cast.team)
    make_policy(cast.team, {"reviewers": 2}, blind=True)
    review = make_review(draft)
    thread = say(review, cast.reviewer, "@Second Reviewer @Second Marketer @Lead")
    assert set(thread.mentions) == {cast.second_reviewer.pk, cast.second_marketer.pk, cast.lead.pk}
    assert told(review) == {
        ("mentioned", "Second Marketer"): "",
        ("mentioned", "Lead"): "Reviewer",
        ("commented", "Marketer"): "",
    }
    Notice.objects.all().delete()
    say(review, cast.marketer, "@Second Reviewer", parent=thread)
    assert told(review) == {("commented", "Reviewer"): "Marketer"}, "nor of an answer to what they do not see"


def test_of_a_text_with_a_known_answer_hears_who_may_see_it(cast: Cast, waiting: Review) -> None:
    judge(waiting, cast.second_reviewer)
    gold = make_gold(waiting.draft, cast.lead)
    fields = {"team": cast.team, "draft": waiting.draft, "current_draft": waiting.draft, "policy": waiting.policy}
    review = Review.for_reviewers.create(
        **fields, gold=gold, assigned_to=cast.reviewer, submitted_by=cast.marketer, due_at=waiting.due_at
    )
    say(review, cast.reviewer, "@Second Reviewer @Lead @Marketer")
    assert told(review) == {("mentioned", "Lead"): "Reviewer"}


def test_a_lead_who_also_reviews_is_kept_apart_as_anybody(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 2}, blind=True)
    review = make_review(draft)
    Membership.objects.create(team=cast.team, user=cast.lead, role=Role.REVIEWER)
    say(review, cast.reviewer, "@Lead")
    assert told(review) == {("commented", "Marketer"): ""}
