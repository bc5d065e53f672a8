from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from generation.models import Prompt
from review.models import Priority, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_model, make_review, make_run, without_triggers
from tests.review.queueing import chinese_brief, titles


@pytest.fixture
def two(cast: Cast) -> tuple[Review, Review]:
    """An English text, and a Chinese one by another author, from another model."""
    english = make_review(make_draft(make_brief(cast.marketer, cast.team, title="English tea")))
    brief = chinese_brief(cast.second_marketer, cast.team)
    run = make_run(brief)
    with without_triggers():
        run.model = make_model()
        run.save(update_fields=["model"])
    return english, make_review(make_draft(brief, "春茶，清香。", run))


def test_the_filters(cast: Cast) -> None:
    make_review(make_draft(make_brief(cast.marketer, cast.team, title="English tea")))
    make_review(make_draft(chinese_brief(cast.second_marketer, cast.team), "春茶，清香。"))
    client = cast.client("reviewer")
    assert titles(client) == ["English tea", "春茶 商品页"]
    assert titles(client, "?language=zh") == ["春茶 商品页"]
    assert titles(client, "?channel=social") == ["English tea"]
    assert titles(client, f"?submitted_by={cast.second_marketer.pk}") == ["春茶 商品页"]
    assert titles(client, f"?submitted_by={cast.outsider.pk}") == ["English tea", "春茶 商品页"]
    assert titles(client, "?language=zh&channel=email") == []
    assert 'lang="zh"' in client.get("/reviews/").content.decode()


def test_prompt_and_model(cast: Cast, two: tuple[Review, Review]) -> None:
    client, (english, chinese) = cast.client("reviewer"), two
    assert titles(client, f"?prompt={english.prompt_id}") == ["English tea"]
    assert titles(client, f"?model={chinese.model_id}") == ["春茶 商品页"]
    assert titles(client, f"?prompt={english.prompt_id}&model={chinese.model_id}") == []
    assert Prompt.objects.filter(team=cast.team).count() == 2


def test_priority_and_person(cast: Cast, two: tuple[Review, Review]) -> None:
    client, (english, chinese) = cast.client("reviewer"), two
    Review.objects.filter(pk=chinese.pk).update(priority=Priority.HIGH, assigned_to=cast.second_reviewer)
    assert titles(client, "?priority=2") == ["春茶 商品页"]
    assert titles(client, f"?assigned_to={cast.second_reviewer.pk}") == ["春茶 商品页"]
    assert titles(client, "?assigned_to=nobody") == ["English tea"]
    assert english.priority == Priority.NORMAL


def test_due_and_age(cast: Cast, two: tuple[Review, Review]) -> None:
    client, (english, chinese) = cast.client("reviewer"), two
    Review.objects.filter(pk=chinese.pk).update(
        due_at=Now() - timedelta(hours=1), submitted_at=Now() - timedelta(days=2)
    )
    Review.objects.filter(pk=english.pk).update(due_at=Now() + timedelta(days=6))
    assert titles(client, "?due=overdue") == ["春茶 商品页"]
    assert titles(client, "?due=today") == ["春茶 商品页"]
    assert titles(client, "?due=week") == ["春茶 商品页", "English tea"]
    assert titles(client, "?age=1") == ["春茶 商品页"]
    assert titles(client, "?age=3") == []


def test_what_is_chosen_is_named_and_can_be_taken_away(cast: Cast, two: tuple[Review, Review]) -> None:
    filters = cast.client("reviewer").get("/reviews/?language=zh&priority=3&q=春茶").context["filters"]
    assert [(str(label), str(words), address) for label, words, address in filters.chips] == [
        ("Priority", "Normal", "?q=%E6%98%A5%E8%8C%B6&language=zh"),
        ("Language", "Chinese", "?q=%E6%98%A5%E8%8C%B6&priority=3"),
    ]
    assert (filters.cleared(), filters.without_search()) == ("", "?priority=3&language=zh")


def test_filters_offer_what_the_team_has(cast: Cast, two: tuple[Review, Review]) -> None:
    panel = cast.client("reviewer").get("/reviews/").context["filters"].panel
    option = re.compile(r'<option value="(\w*)"[^>]*>([^<]*)<')
    offered = {name: dict(option.findall(options)) for name, _label, options in panel}
    assert set(offered["prompt"].values()) == {"All prompts", "Social post", "商品描述"}
    assert "Outsider" not in offered["submitted_by"].values()
    assert set(offered["assigned_to"]) == {
        *("", "nobody"),
        *(str(user.pk) for user in (cast.reviewer, cast.second_reviewer, cast.third_reviewer)),
    }
    assert "team" not in offered


@pytest.mark.parametrize(
    "query", ["?q=%00tea%00", "?language=%00", "?priority=99999999999999999999", "?assigned_to=-1"]
)
def test_odd_input_breaks_nothing(cast: Cast, two: tuple[Review, Review], query: str) -> None:
    assert "English tea" in titles(cast.client("reviewer"), query)
