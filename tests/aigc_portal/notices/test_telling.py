"""Who is told what, once, inside the act's own transaction."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aigc_portal.notices.actions import NoticeOutsideTransaction, mark_all_read, mark_read, notify, withdraw_notices
from aigc_portal.notices.models import Notice
from tests.aigc_portal.notices.telling import tell, told
from tests.at_once import at_once
from tests.cast import Cast

SOON = timedelta(seconds=10)


def test_keeps_who_did_what_where(cast: Cast) -> None:
    notice = told(cast, cast.marketer)
    assert (notice.user, notice.team, notice.actor, notice.actor_name) == (
        cast.marketer,
        cast.team,
        cast.reviewer,
        "Reviewer",
    )
    assert (notice.kind, notice.params, notice.url) == ("review.approved", {"title": "Spring tea"}, "/reviews/7/")
    assert (notice.target_type, notice.target_id) == ("accounts.team", str(cast.team.pk))
    assert (notice.urgent, notice.read_at, notice.mailed_at) == (False, None, None)
    assert timezone.now() - notice.due_at < timedelta(minutes=1)
    assert list(Notice.objects.about(cast.team)) == [notice]


def test_never_the_actor(cast: Cast) -> None:
    tell(cast, cast.reviewer, cast.marketer)
    assert [notice.user for notice in Notice.objects.all()] == [cast.marketer]


def test_everybody_in_one_insert(cast: Cast) -> None:
    people = [cast.marketer, cast.second_marketer, cast.auditor, cast.marketer]
    with CaptureQueriesContext(connection) as captured:
        tell(cast, *people)
    assert len([query for query in captured if query["sql"].startswith("INSERT")]) == 1
    assert Notice.objects.count() == 3


def test_nobody_to_tell(cast: Cast) -> None:
    tell(cast)
    assert not Notice.objects.exists()


def test_every_act_leaves_a_notice_of_its_own(cast: Cast) -> None:
    """Also while an earlier one is unread: what somebody reads or is mailed at that moment cannot swallow it."""
    for actor in (cast.reviewer, cast.second_reviewer):
        tell(cast, cast.marketer, kind="review.commented", actor=actor)
    names = Notice.objects.order_by("pk").values_list("actor_name", flat=True)
    assert list(names) == ["Reviewer", "Second Reviewer"]


@pytest.mark.django_db(transaction=True)
def test_acts_at_the_same_moment_wait_for_nobody_and_lose_nothing(cast: Cast) -> None:
    people = [cast.marketer, cast.second_marketer, cast.auditor]
    results = at_once(*(partial(tell, cast, *order) for order in (people, people[::-1]) * 4))
    assert results == [None] * 8
    assert Notice.objects.count() == 24


@pytest.mark.django_db(transaction=True)
def test_only_inside_a_transaction(cast: Cast) -> None:
    with pytest.raises(NoticeOutsideTransaction):
        notify(to=[cast.marketer], kind="review.approved", target=cast.team, team_id=cast.team.pk, url="/")


def test_goes_with_the_act_that_failed(cast: Cast) -> None:
    def act() -> None:
        with transaction.atomic():
            tell(cast, cast.marketer)
            raise RuntimeError("a later step failed")

    with pytest.raises(RuntimeError, match="a later step failed"):
        act()
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:x", "", "/ä"]
)
def test_leads_only_into_the_portal(cast: Cast, url: str) -> None:
    with pytest.raises(IntegrityError, match="notice_url_is_a_path"):
        tell(cast, cast.marketer, url=url)


@pytest.mark.parametrize("url", ["/", "/reviews/7/", "/reviews/7/?step=2#comment-9", "/a//b/%E8%8C%B6"])
def test_any_path_of_the_portal_will_do(cast: Cast, url: str) -> None:
    assert told(cast, cast.marketer, url=url).url == url


def test_is_seen_after_the_delay(cast: Cast) -> None:
    notice = told(cast, cast.marketer, delay=SOON)
    assert timedelta(seconds=5) < notice.due_at - timezone.now() < SOON
    assert not Notice.objects.visible_to(cast.marketer).exists()
    Notice.objects.update(due_at=timezone.now())
    assert Notice.objects.visible_to(cast.marketer).exists()


def test_can_be_withdrawn_until_it_is_seen(cast: Cast) -> None:
    told(cast, cast.marketer)
    told(cast, cast.marketer, kind="review.rejected", delay=SOON)
    told(cast, cast.marketer, kind="review.commented", delay=SOON)
    told(cast, cast.marketer, target=cast.other_team, delay=SOON)
    assert withdraw_notices(target=cast.team, kinds=["review.rejected"]) == 1
    assert withdraw_notices(target=cast.team) == 1
    assert [(notice.kind, notice.target_id) for notice in Notice.objects.order_by("pk")] == [
        ("review.approved", str(cast.team.pk)),
        ("review.approved", str(cast.other_team.pk)),
    ]


def test_reading_is_ones_own_and_keeps_the_first_time(cast: Cast) -> None:
    notice = told(cast, cast.marketer)
    mark_read(actor=cast.second_marketer, notice=notice)
    assert list(Notice.objects.unread()) == [notice]
    mark_read(actor=cast.marketer, notice=notice)
    notice.refresh_from_db()
    first = notice.read_at
    assert first is not None
    mark_read(actor=cast.marketer, notice=notice)
    notice.refresh_from_db()
    assert notice.read_at == first


def test_reading_one_reads_the_earlier_ones_that_lead_there(cast: Cast) -> None:
    earlier = told(cast, cast.marketer, kind="review.commented")
    others = told(cast, cast.second_marketer, kind="review.commented")
    elsewhere = told(cast, cast.marketer, kind="review.commented", url="/reviews/7/#thread-2")
    decision = told(cast, cast.marketer)
    opened = told(cast, cast.marketer, kind="review.commented")
    since = told(cast, cast.marketer, kind="review.commented")
    mark_read(actor=cast.marketer, notice=opened)
    assert list(Notice.objects.unread().order_by("pk")) == [others, elsewhere, decision, since]
    mark_read(actor=cast.marketer, notice=earlier)
    assert since in Notice.objects.unread()


def test_reading_all_leaves_what_was_told_earlier_but_seen_later(cast: Cast) -> None:
    delayed = told(cast, cast.marketer, delay=SOON)
    seen = told(cast, cast.marketer, kind="review.commented")
    Notice.objects.filter(pk=seen.pk).update(due_at=timezone.now() - SOON)
    Notice.objects.filter(pk=delayed.pk).update(due_at=timezone.now())
    assert mark_all_read(actor=cast.marketer, newest=seen.pk) == 1
    assert list(Notice.objects.unread()) == [delayed]


def test_reading_all_up_to_anothers_notice_reads_none(cast: Cast) -> None:
    tell(cast, cast.marketer)
    others = told(cast, cast.second_marketer)
    assert mark_all_read(actor=cast.marketer, newest=others.pk) == 0


def test_reading_all_leaves_what_came_since_and_what_is_not_seen_yet(cast: Cast) -> None:
    seen = told(cast, cast.marketer)
    later = told(cast, cast.marketer, kind="review.rejected")
    hidden = told(cast, cast.marketer, kind="review.commented", delay=SOON)
    others = told(cast, cast.second_marketer)
    assert mark_all_read(actor=cast.marketer, newest=seen.pk) == 1
    assert list(Notice.objects.unread().order_by("pk")) == [later, hidden, others]
    assert mark_all_read(actor=cast.marketer) == 1
    assert list(Notice.objects.unread().order_by("pk")) == [hidden, others]
