"""Texts that wait for review, made without a model. Runs inside the portal: manage.py shell -c "…; prepare(20, …)"."""

from __future__ import annotations

import json
import sys

from aigc_portal.accounts.models import Role, Team, User
from generation.actions.briefs import create_brief
from generation.models import Draft, GenerationRun, ModelVersion, PromptVersion
from generation.models.drafts import sha256_of
from review.actions.submission import submit_for_review
from tests.browser.seeds import SHORT
from tests.browser.steps import VALUES

TEXTS = (
    "Spring tea {number}: picked in April, rolled the same evening, 50 g in a tin that you can refill.",
    "Meet spring tea {number}. Flowers in the nose, butter in the cup.",
    "Tea {number} tastes of spring.",
)


def prepare(count: int, title: str) -> None:
    """`count` texts with two other variants each; writes the ids of their reviews as JSON."""
    team = Team.objects.order_by("pk").first()
    if team is None:
        raise LookupError("There is no team.")
    author = User.objects.get(memberships__team=team, memberships__role=Role.MARKETER)
    version = PromptVersion.objects.get(prompt__team=team, prompt__name=SHORT)
    model = ModelVersion.objects.order_by("pk").first()
    reviews = []
    for number in range(count):
        name = f"{title} {number + 1}"
        brief = create_brief(actor=author, prompt_version=version, title=name, values=VALUES)
        run = GenerationRun.objects.create(
            team=team,
            brief=brief,
            messages=[{"role": "user", "content": "Write."}],
            decoding={"strategy": "sample", "max_tokens": 40},
            seed=number,
            variants=len(TEXTS),
            requested_by=author,
            model=model,
            status="SUCCEEDED",
        )
        drafts = [
            Draft.objects.create(
                team=team,
                brief=brief,
                run=run,
                variant=variant,
                origin=Draft.Origin.MODEL,
                author=author,
                text=text.format(number=number + 1),
                raw_text=text.format(number=number + 1),
                sha256=sha256_of(text.format(number=number + 1)),
                language=brief.language,
                finish_reason="stop",
            )
            for variant, text in enumerate(TEXTS)
        ]
        draft = Draft.objects.get(pk=drafts[0].pk)
        reviews.append(submit_for_review(actor=author, draft=draft).pk)
    json.dump(reviews, sys.stdout)
