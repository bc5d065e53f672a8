from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from review.models import PolicyStep, Review, ReviewGroup, ReviewPolicy
from review.queue_rows import distance
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review
from tests.review.people import also_reviewer


def test_a_row_says_at_which_step_the_review_is(cast: Cast) -> None:
    legal = ReviewGroup.objects.create(team=cast.team, name="Legal")
    policy = ReviewPolicy.objects.create(team=cast.team, number=7)
    PolicyStep.objects.create(policy=policy, position=1, name="Editing")
    PolicyStep.objects.create(policy=policy, position=2, group=legal)
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)))
    rows = cast.client("reviewer").get("/reviews/").context["rows"]
    assert [row.asked for row in rows] == ["1 of 2 · Editing"]
    Review.objects.filter(pk=review.pk).update(step=2, group=legal, disputed=True)
    page = cast.client("reviewer").get("/reviews/?state=disputed")
    assert [row.asked for row in page.context["rows"]] == ["2 of 2 · Legal"]
    assert "Reviewers disagree" in page.content.decode()
    assert not page.context["rows"][0].claim_url


def test_a_row_says_who_holds_it(cast: Cast, busy: dict[str, Review]) -> None:
    text = cast.client("reviewer").get("/reviews/?state=in_review").content.decode()
    assert "Second Reviewer, until" in text


def test_ones_own_text_is_marked_and_not_offered(cast: Cast, waiting: Review) -> None:
    author = also_reviewer(cast.marketer, cast.team)
    assert author.pk == cast.marketer.pk
    text = cast.client("marketer").get("/reviews/").content.decode()
    assert "Somebody else must review this" in text
    assert f"/reviews/{waiting.pk}/claim/" not in text
    assert f"/reviews/{waiting.pk}/claim/" in cast.client("reviewer").get("/reviews/").content.decode()


def test_every_row_can_be_selected(cast: Cast, busy: dict[str, Review]) -> None:
    text = cast.client("lead").get("/reviews/").content.decode()
    for name in ("waiting", "mine", "others"):
        assert f'name="review" value="{busy[name].pk}" form="bulk"' in text
    assert 'id="bulk"' in text
    assert "data-choose-all" in text


def test_what_is_decided_cannot_be_selected(cast: Cast, busy: dict[str, Review]) -> None:
    text = cast.client("lead").get("/reviews/?state=decided").content.decode()
    assert "decided tea" in text
    for part in ("data-choose", 'id="bulk"', 'data-shortcut="x"'):
        assert part not in text
    text = cast.client("lead").get("/reviews/?view=all").content.decode()
    assert f'value="{busy["waiting"].pk}" form="bulk"' in text
    assert f'value="{busy["decided"].pk}" form="bulk"' not in text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (30, "less than a minute"),
        (3 * 60 + 20, "3\N{NO-BREAK SPACE}minutes"),
        (3600 - 5, "1\N{NO-BREAK SPACE}hour"),
        (3 * 3600 - 5, "3\N{NO-BREAK SPACE}hours"),
        (24 * 3600 - 5, "1\N{NO-BREAK SPACE}day"),
        (72 * 3600 - 5, "3\N{NO-BREAK SPACE}days"),
        (13 * 86400 + 3600, "13\N{NO-BREAK SPACE}days"),
    ],
)
def test_times_are_rounded(seconds: int, said: str) -> None:
    now = timezone.now()
    assert distance(now, now + timedelta(seconds=seconds)) == said
    assert distance(now, now - timedelta(seconds=seconds)) == said
