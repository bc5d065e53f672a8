"""Script tags and Markdown in every field: shown as text on every page of the marketer."""

from __future__ import annotations

import pytest

from generation.actions.briefs import create_brief
from generation.actions.drafts import edit_draft
from generation.actions.runs import request_run
from review.actions import decisions
from review.actions.verdicts import Verdict
from tests.cast import Cast
from tests.factories import make_draft, make_prompt, make_reason, make_review, make_run

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>\"' **bold** {{ brief }}"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#x27; **bold** {{ brief }}"


@pytest.fixture
def addresses(cast: Cast) -> list[str]:
    make_reason(cast.team)
    values = dict.fromkeys(("topic", "facts", "audience"), ATTACK) | {"hashtag": "#a<script>", "tone": "friendly"}
    brief = create_brief(actor=cast.marketer, prompt_version=make_prompt(cast.team), title=ATTACK, values=values)
    queued = request_run(actor=cast.marketer, brief=brief, variants=1)
    run = make_run(brief)
    draft = make_draft(brief, ATTACK, run)
    child = edit_draft(actor=cast.marketer, draft=draft, text=ATTACK + "!")
    review = make_review(draft, claimed_by=cast.reviewer)
    verdict = Verdict(reasons=["inaccurate"], comment=ATTACK)
    decisions.reject(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=verdict)
    return [
        "/briefs/",
        f"/briefs/{brief.pk}/",
        f"/briefs/{brief.pk}/edit/",
        f"/runs/{run.pk}/",
        f"/runs/{run.pk}/panel/",
        f"/runs/{queued.pk}/",
        f"/drafts/{draft.pk}/",
        f"/drafts/{child.pk}/",
        f"/drafts/{draft.pk}/edit/",
    ]


def test_nothing_in_a_field_becomes_markup(cast: Cast, addresses: list[str]) -> None:
    client = cast.client("marketer")
    for address in addresses:
        text = client.get(address).content.decode()
        assert "<script>" not in text, address
        assert "<img src=x" not in text, address
        assert ESCAPED in text, address
