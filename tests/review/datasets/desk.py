"""A reviewer's desk for the tests of data sets: texts in, decisions out, through the portal's own actions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F

from generation.actions.briefs import create_brief
from generation.actions.drafts import edit_draft
from generation.models import Brief, Draft, GenerationRun
from review.actions import decisions
from review.actions.verdicts import Verdict
from review.datasets.plan import plan_rows
from review.datasets.rows import render_rows
from review.datasets.selection import Selection
from review.models import ReasonCode, Review
from tests.cast import Cast
from tests.factories import VALUES, make_draft, make_prompt, make_reason, make_review, make_run, without_triggers

PROMPT = [{"role": "user", "content": "Write."}]


class Desk:
    """One brief with one run; `draft` gives the run's next variant."""

    def __init__(self, cast: Cast, consent: bool = True, title: str = "Spring tea") -> None:
        self.cast = cast
        self.brief: Brief = create_brief(
            actor=cast.marketer,
            prompt_version=make_prompt(cast.team),
            title=title,
            values=VALUES,
            training_consent=consent,
        )
        self.run: GenerationRun = make_run(self.brief, variants=8)
        if not ReasonCode.objects.filter(team=cast.team).exists():
            make_reason(cast.team)

    def draft(self, text: str) -> Draft:
        return make_draft(self.brief, text, run=self.run, variant=self.run.drafts.count())

    def edit(self, draft: Draft, text: str) -> Draft:
        return edit_draft(actor=self.cast.marketer, draft=draft, text=text)

    def claimed(self, draft: Draft) -> Review:
        return make_review(draft, claimed_by=self.cast.reviewer)

    def approve(self, draft: Draft, corrected: str | None = None) -> Review:
        review = self.claimed(draft)
        decisions.approve(actor=self.cast.reviewer, review=review, sha256=draft.sha256, corrected_text=corrected)
        return settled(review)

    def reject(self, draft: Draft) -> Review:
        review = self.claimed(draft)
        verdict = Verdict(reasons=["inaccurate"])
        decisions.reject(actor=self.cast.reviewer, review=review, sha256=draft.sha256, verdict=verdict)
        return settled(review)

    def ask_for_changes(self, draft: Draft) -> Review:
        review = self.claimed(draft)
        verdict = Verdict(reasons=["inaccurate"])
        decisions.request_changes(actor=self.cast.reviewer, review=review, sha256=draft.sha256, verdict=verdict)
        return settled(review)

    def rows(self, type: str, **filters: Any) -> list[dict[str, Any]]:
        return self.rows_of(self.cast.team.pk, type, **filters)

    @staticmethod
    def rows_of(team_id: int, type: str, **filters: Any) -> list[dict[str, Any]]:
        """The rows of an export of the team, as they stand in its files."""
        return [row for _planned, row in render_rows(type, plan_rows(type, Selection(team_id, **filters)))]


def settled(review: Review) -> Review:
    """As a minute later, when nobody can take the decision back any more."""
    with without_triggers():
        Review.objects.filter(pk=review.pk).update(decided_at=F("decided_at") - timedelta(minutes=1))
    review.refresh_from_db()
    return review


def answer(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]
