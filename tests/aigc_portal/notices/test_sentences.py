from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from aigc_portal.notices.models import Notice
from aigc_portal.notices.sentences import SENTENCES, Sentence, html_sentence_of, sentence_of

KINDS = {
    "review.approved",
    "review.changes_requested",
    "review.rejected",
    "review.assigned",
    "review.escalated",
    "review.mentioned",
    "review.commented",
    "review.disputed",
    "review.glass_broken",
    "review.claim_lost",
}


def notice(kind: str = "review.approved", actor: str = "Ravi Patel", **params: object) -> Notice:
    return Notice(kind=kind, actor_name=actor, params=params)


def test_the_table_holds_the_kinds_of_reviews() -> None:
    assert SENTENCES.keys() >= KINDS


@pytest.mark.parametrize("kind", sorted(SENTENCES))
@pytest.mark.parametrize("actor", ["Ravi Patel", ""])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_kind_is_a_sentence_with_and_without_a_person(kind: str, actor: str, language: str) -> None:
    with translation.override(language):
        text = sentence_of(notice(kind, actor, title="Spring tea"))
        assert "Spring tea" in text
        assert text.endswith((".", "。"))
        assert "%" not in text
        assert "…" not in text
        assert sentence_of(notice(kind, actor)).count("…") == 1, "the place of a title that is not there"


def test_who_acted_is_named() -> None:
    assert sentence_of(notice(title="Spring tea")) == "Ravi Patel approved “Spring tea”."
    assert sentence_of(notice(actor="", title="Spring tea")) == "“Spring tea” was approved."


def test_a_kind_that_is_unknown_still_says_something() -> None:
    assert sentence_of(notice("review.teleported", title="Spring tea")) == "There is something new about “Spring tea”."
    assert sentence_of(notice("weather.rain")) == "There is something new for you."
    assert html_sentence_of(notice("weather.rain")) == "There is something new for you."


def test_is_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SENTENCES, "test.kind", Sentence(_("Approved “%(title)s”.")))
    with translation.override("zh-hans"):
        assert sentence_of(notice("test.kind", title="春茶")) == "已通过“春茶”。"


@pytest.mark.parametrize("title", [None, 7, "50 % off %(actor)s %s", "", ["a"], {"b": 1}])
def test_any_title_will_do(title: object) -> None:
    assert str(title) in sentence_of(notice(title=title))
    html_sentence_of(notice(title=title))


def test_is_one_line_of_text() -> None:
    hostile = "Tea\r\nBcc: all@example.test\u2028x\x0by\x1bz\x85"
    assert sentence_of(notice(title=hostile)) == "Ravi Patel approved “Tea Bcc: all@example.test x yz”."


def test_on_a_page_content_is_text_with_its_language() -> None:
    shown = html_sentence_of(notice(actor="<b>Ravi</b>", title="<i>春茶</i>", language='zh"'))
    assert shown == (
        '<bdi>&lt;b&gt;Ravi&lt;/b&gt;</bdi> approved “<bdi lang="zh&quot;">&lt;i&gt;春茶&lt;/i&gt;</bdi>”.'
    )
