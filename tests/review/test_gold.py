"""Texts with a known answer: made from decided reviews, served to reviewers, invisible to everybody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Membership, Role, User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.problems import Refused
from generation.brief_states import with_state
from generation.draft_cards import panels_of, with_reviews
from generation.models import Brief, Draft
from review import gold_serving
from review.actions.claims import claim, claim_next, release, release_expired
from review.actions.decisions import approve, reject
from review.actions.gold import create_gold, retire_gold
from review.actions.verdicts import Verdict
from review.datasets.selection import Selection
from review.models import GoldItem, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_gold, make_group, make_policy, make_reason, make_review
from tests.review.people import also_reviewer


@pytest.fixture
def rejected(cast: Cast, reason: ReasonCode) -> Review:
    """Decided by the third reviewer."""
    draft = make_draft(make_brief(cast.marketer, cast.team, "Winter tea"), "Cures every cold.")
    review = make_review(draft, claimed_by=cast.third_reviewer)
    reject(actor=cast.third_reviewer, review=review, sha256=draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    return review


@pytest.fixture
def item(cast: Cast, rejected: Review) -> GoldItem:
    return create_gold(actor=cast.lead, review=rejected, verdict="REJECTED", explanation="No tea cures.")


@pytest.fixture
def always(cast: Cast) -> None:
    """Whoever takes a text gets a known answer, where there is one for them."""
    make_policy(cast.team, gold_percent=100)


@pytest.fixture
def served(cast: Cast, item: GoldItem, always: None, waiting: Review) -> Review:
    """In the reviewer's hands, in place of the one that waits."""
    review = claim_next(actor=cast.reviewer)
    assert review is not None
    assert review.gold == item
    return review


@pytest.fixture(autouse=True)
def never_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chance of less than a hundred percent is never enough here."""
    monkeypatch.setattr(gold_serving, "random", lambda: 0.995)


def test_making_one_is_an_event(cast: Cast, item: GoldItem, rejected: Review) -> None:
    event = AuditEvent.objects.about(item)[0]
    assert (event.action, event.actor, event.data["review"]) == ("gold.created", cast.lead, rejected.pk)
    assert event.data["after"] == {"verdict": "REJECTED", "explanation": "No tea cures."}


@pytest.mark.parametrize("person", ["marketer", "reviewer", "auditor", "engineer", "outsider"])
def test_only_leads_and_admins_make_and_retire(cast: Cast, item: GoldItem, rejected: Review, person: str) -> None:
    actor = getattr(cast, person)
    with pytest.raises(PermissionDenied):
        create_gold(actor=actor, review=rejected, verdict="REJECTED", explanation="No.")
    with pytest.raises(PermissionDenied):
        retire_gold(actor=actor, item=item)


def test_only_a_decided_text_is_used_and_only_once(cast: Cast, item: GoldItem, rejected: Review, held: Review) -> None:
    with pytest.raises(Refused, match="not_decided"):
        create_gold(actor=cast.lead, review=held, verdict="REJECTED", explanation="Why")
    with pytest.raises(Refused, match="unknown_verdict"):
        create_gold(actor=cast.lead, review=rejected, verdict="PENDING", explanation="Why")
    with pytest.raises(Refused, match="gold_exists"):
        create_gold(actor=cast.lead, review=rejected, verdict="APPROVED", explanation="Why")
    retire_gold(actor=cast.lead, item=item)
    retire_gold(actor=cast.lead, item=item)
    assert AuditEvent.objects.filter(action="gold.retired").count() == 1
    assert create_gold(actor=cast.lead, review=rejected, verdict="APPROVED", explanation="Why") != item


def test_it_comes_in_place_of_what_is_next_and_looks_like_it(
    cast: Cast, item: GoldItem, always: None, waiting: Review
) -> None:
    Review.objects.filter(pk=waiting.pk).update(priority=1, submitted_at=Now() - timedelta(days=2))
    review = claim_next(actor=cast.reviewer)
    waiting.refresh_from_db()
    assert review is not None
    assert (review.gold, review.draft, review.status) == (item, item.draft, "IN_REVIEW")
    assert (review.claimed_by, review.assigned_to) == (cast.reviewer, cast.reviewer)
    assert (review.priority, review.submitted_by) == (1, cast.marketer)
    assert timedelta(0) < waiting.submitted_at - review.submitted_at < timedelta(minutes=10)
    assert review.due_at is not None
    assert timedelta(0) < waiting.due_at - review.due_at < timedelta(minutes=10)
    assert waiting.status == "PENDING"
    event = AuditEvent.objects.about(review)[0]
    assert (event.action, event.actor, event.data) == (
        "review.in_review",
        cast.reviewer,
        {"before": {"status": "PENDING"}, "after": {"status": "IN_REVIEW"}},
    )


def test_each_is_met_once(cast: Cast, served: Review, waiting: Review) -> None:
    approve(actor=cast.reviewer, review=served, sha256=served.draft.sha256)
    assert served.status == "APPROVED"
    assert claim_next(actor=cast.reviewer) == waiting


@pytest.mark.parametrize("percent", [0, 99])
def test_it_comes_as_often_as_the_policy_says(cast: Cast, item: GoldItem, waiting: Review, percent: int) -> None:
    make_policy(cast.team, gold_percent=percent)
    assert claim_next(actor=cast.reviewer) == waiting


def test_where_nothing_waits_there_is_nothing_to_hide_it_among(cast: Cast, item: GoldItem, always: None) -> None:
    assert claim_next(actor=cast.reviewer) is None


def test_who_decided_on_it_does_not_meet_it(cast: Cast, item: GoldItem, always: None, waiting: Review) -> None:
    assert claim_next(actor=cast.third_reviewer) == waiting


def test_who_wrote_it_does_not_meet_it(cast: Cast, item: GoldItem, always: None) -> None:
    other = make_review(make_draft(make_brief(cast.second_marketer, cast.team)))
    assert claim_next(actor=also_reviewer(cast.marketer, cast.team)) == other


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN, Role.AUDITOR])
def test_who_may_read_the_answers_does_not_meet_it(
    cast: Cast, item: GoldItem, always: None, waiting: Review, role: str
) -> None:
    Membership.objects.create(user=cast.reviewer, team=cast.team, role=role)
    assert claim_next(actor=User.objects.get(pk=cast.reviewer.pk)) == waiting


def test_who_made_it_does_not_meet_it(cast: Cast, rejected: Review, always: None, waiting: Review) -> None:
    """Not even after giving the lead's role back."""
    make_gold(rejected.draft, cast.reviewer)
    assert claim_next(actor=cast.reviewer) == waiting


def test_what_was_retired_is_met_no_more(cast: Cast, item: GoldItem, always: None, waiting: Review) -> None:
    retire_gold(actor=cast.lead, item=item)
    assert claim_next(actor=cast.reviewer) == waiting


def test_it_fits_what_was_asked_for(cast: Cast, item: GoldItem, always: None, waiting: Review) -> None:
    title = Q(draft__brief__title="Spring tea")
    assert claim_next(actor=cast.reviewer, among=title) == waiting
    assert not Review.for_reviewers.filter(gold=item).exists()


def test_what_was_assigned_comes_first(cast: Cast, item: GoldItem, always: None, waiting: Review) -> None:
    Review.objects.filter(pk=waiting.pk).update(assigned_to=cast.reviewer)
    assert claim_next(actor=cast.reviewer) == waiting


def test_another_team_has_none_of_it(cast: Cast, item: GoldItem, always: None) -> None:
    make_policy(cast.other_team, gold_percent=100)
    author = Membership.objects.create(user=cast.marketer, team=cast.other_team, role=Role.MARKETER).user
    theirs = make_review(make_draft(make_brief(User.objects.get(pk=author.pk), cast.other_team)))
    theirs_reviewer = also_reviewer(cast.reviewer, cast.other_team)
    assert claim_next(actor=theirs_reviewer) == theirs


@pytest.mark.parametrize("how", ["released", "expired"])
def test_given_back_it_waits_for_the_same_reviewer_alone(cast: Cast, served: Review, waiting: Review, how: str) -> None:
    if how == "released":
        release(actor=cast.reviewer, review=served)
    else:
        Review.for_reviewers.filter(pk=served.pk).update(claimed_until=Now() - timedelta(seconds=1))
        assert release_expired() == 1
    served.refresh_from_db()
    assert (served.status, served.assigned_to) == ("PENDING", cast.reviewer)
    with pytest.raises(Refused, match="assigned_to_other"):
        claim(actor=cast.second_reviewer, review=served)
    assert claim_next(actor=cast.reviewer) == served


def test_one_verdict_decides_it_whatever_the_policy(cast: Cast, item: GoldItem, waiting: Review) -> None:
    make_policy(cast.team, {"reviewers": 3, "rule": "unanimous"}, {}, gold_percent=100)
    review = claim_next(actor=cast.reviewer)
    assert review is not None
    verdict = Verdict(reasons=["inaccurate"])
    reject(actor=cast.reviewer, review=review, sha256=review.current_draft.sha256, verdict=verdict)
    assert (review.gold, review.status, review.decided_by) == (item, "REJECTED", cast.reviewer)


@pytest.mark.parametrize("person", ["marketer", "second_reviewer", "auditor", "engineer", "admin", "outsider"])
def test_nobody_else_sees_it(cast: Cast, served: Review, person: str) -> None:
    assert not Review.for_reviewers.visible_to(getattr(cast, person)).filter(pk=served.pk).exists()
    assert Review.for_reviewers.visible_to(cast.reviewer).filter(pk=served.pk).exists()
    assert Review.for_reviewers.visible_to(cast.lead).filter(pk=served.pk).exists()


class TestTheAuthor:
    """Whatever a reviewer does with it, the author's pages say what they said."""

    @pytest.fixture(params=["open", "approved"])
    def judged(self, request: pytest.FixtureRequest, cast: Cast, served: Review) -> Review:
        if request.param == "approved":
            approve(actor=cast.reviewer, review=served, sha256=served.draft.sha256)
        return served

    def test_the_briefs_state(self, judged: Review) -> None:
        brief = with_state(Brief.objects.filter(pk=judged.draft.brief_id)).get()
        assert brief.state == "REJECTED"  # type: ignore[attr-defined]

    def test_the_drafts_card(self, judged: Review, rejected: Review) -> None:
        draft = with_reviews(Draft.objects.filter(pk=judged.draft_id)).get()
        assert list(draft.reviews.all()) == [rejected]
        assert judged.draft.run is not None
        [panel] = panels_of([judged.draft.run], may_write=True)
        assert panel.cards[0].review == rejected

    def test_data_sets(self, cast: Cast, judged: Review, rejected: Review) -> None:
        Brief.objects.update(training_consent=True)
        assert list(Selection(cast.team.pk).reviews()) == [rejected]

    def test_numbers(self, cast: Cast, judged: Review) -> None:
        assert (Review.objects.awaiting_review().count(), Review.objects.decided().count()) == (1, 1)


def test_serving_costs_the_same_however_many_there_are(
    cast: Cast, item: GoldItem, always: None, waiting: Review
) -> None:
    def queries(reviewer: User) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert claim_next(actor=reviewer) != waiting
        return len(captured)

    one = queries(cast.reviewer)
    brief = make_brief(cast.marketer, cast.team, "Autumn tea")
    for text in ("One.", "Two.", "Three.", "Four."):
        make_gold(make_draft(brief, text), cast.lead)
    assert queries(cast.second_reviewer) == one


def test_reasons_come_from_its_own_team(cast: Cast, served: Review) -> None:
    make_reason(cast.other_team, "theirs")
    with pytest.raises(Refused, match="unknown_reason"):
        reject(actor=cast.reviewer, review=served, sha256=served.draft.sha256, verdict=Verdict(reasons=["theirs"]))


class TestPutBack:
    """Among the others it comes as if it were assigned to nobody, which is what its reviewer reads."""

    @pytest.fixture
    def put_back(self, cast: Cast, served: Review) -> Review:
        release(actor=cast.reviewer, review=served)
        make_policy(cast.team, gold_percent=0)
        return served

    def another(self, cast: Cast, **changes: Any) -> Review:
        review = make_review(make_draft(make_brief(cast.marketer, cast.team, "Autumn tea")))
        Review.objects.filter(pk=review.pk).update(**changes)
        return review

    def test_what_is_more_urgent_comes_first(self, cast: Cast, put_back: Review, waiting: Review) -> None:
        urgent = self.another(cast, priority=1)
        assert [claim_next(actor=cast.reviewer) for _time in range(3)] == [urgent, put_back, waiting]

    def test_what_is_assigned_comes_first(self, cast: Cast, put_back: Review, waiting: Review) -> None:
        given = self.another(cast, priority=4, assigned_to=cast.reviewer)
        assert [claim_next(actor=cast.reviewer) for _time in range(3)] == [given, put_back, waiting]

    def test_what_others_are_to_judge_does_not_count(self, cast: Cast, put_back: Review, waiting: Review) -> None:
        self.another(cast, priority=1, assigned_to=cast.second_reviewer)
        self.another(cast, priority=1, barred=[cast.reviewer.pk])
        self.another(cast, priority=1, group=make_group(cast.team, "Legal", cast.second_reviewer))
        assert [claim_next(actor=cast.reviewer) for _time in range(3)] == [put_back, waiting, None]

    def test_it_waits_behind_what_was_asked_for(self, cast: Cast, put_back: Review, waiting: Review) -> None:
        urgent = self.another(cast, priority=1)
        spring = ~Q(draft__brief__title="Autumn tea")
        assert [claim_next(actor=cast.reviewer, among=spring) for _time in range(2)] == [put_back, waiting]
        assert claim_next(actor=cast.reviewer) == urgent

    def test_in_another_team_as_well(self, cast: Cast, put_back: Review, waiting: Review) -> None:
        reviewer = also_reviewer(cast.reviewer, cast.other_team)
        author = Membership.objects.create(user=cast.marketer, team=cast.other_team, role=Role.MARKETER).user
        theirs = make_review(make_draft(make_brief(User.objects.get(pk=author.pk), cast.other_team)))
        Review.objects.filter(pk=theirs.pk).update(priority=1)
        assert [claim_next(actor=reviewer) for _time in range(3)] == [theirs, put_back, waiting]
