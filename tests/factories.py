"""Objects for tests, made through the portal's own actions where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection

from aigc_portal.accounts.models import Team, User
from generation.actions.briefs import create_brief
from generation.actions.prompts import create_prompt
from generation.models import Brief, Draft, GenerationRun, ModelVersion, PromptVersion
from generation.models.drafts import sha256_of
from generation.seeds.prompts import PROMPTS
from review.actions import claims, submission
from review.models import GoldItem, PolicyStep, ReasonCode, Review, ReviewGroup, ReviewPolicy


@contextmanager
def without_triggers() -> Iterator[None]:
    """For rows that could only have come about over time: as the database's owner, not as the portal could."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


VALUES = {"topic": "Spring tea", "facts": "Picked in April", "tone": "friendly"}


def make_prompt(team: Team) -> PromptVersion:
    """The seeded English "Social post" of the team."""
    existing = PromptVersion.objects.filter(prompt__team=team, prompt__name="Social post").first()
    return existing or create_prompt(actor=None, team=team, **next(p for p in PROMPTS if p["name"] == "Social post"))


def make_brief(author: User, team: Team, title: str = "Spring tea") -> Brief:
    return create_brief(actor=author, prompt_version=make_prompt(team), title=title, values=VALUES)


def make_model(
    name: str = "Test model", languages: tuple[str, ...] = ("en", "zh"), alias: str | None = "champion"
) -> ModelVersion:
    return ModelVersion.objects.create(
        name=name, digest=sha256_of(name), languages=list(languages), context_length=2048, alias=alias
    )


def make_run(
    brief: Brief,
    requested_by: User | None = None,
    status: str = "SUCCEEDED",
    variants: int = 1,
    model: ModelVersion | None = None,
) -> GenerationRun:
    """A run in the given state, without drafts (see make_draft)."""
    return GenerationRun.objects.create(
        team=brief.team,
        brief=brief,
        messages=[{"role": "user", "content": "Write."}],
        decoding={"strategy": "sample", "max_tokens": 40},
        seed=7,
        variants=variants,
        requested_by=requested_by or brief.author,
        status=status,
        model=model,
    )


def make_draft(
    brief: Brief, text: str = "A fresh spring tea.", run: GenerationRun | None = None, variant: int = 0
) -> Draft:
    """A draft of the model, as a finished run leaves it."""
    run = run or make_run(brief)
    draft = Draft.objects.create(
        team=brief.team,
        brief=brief,
        run=run,
        variant=variant,
        origin=Draft.Origin.MODEL,
        author=run.requested_by,
        text=text,
        raw_text=text,
        sha256=sha256_of(text),
        language=brief.language,
        finish_reason="stop",
        token_count=7,
        mean_logprob=-0.5,
    )
    draft.refresh_from_db()
    return draft


def make_review(draft: Draft, claimed_by: User | None = None) -> Review:
    """A waiting review, or one in somebody's hands."""
    review = submission.submit_for_review(actor=draft.author, draft=draft)
    if claimed_by is not None:
        claims.claim(actor=claimed_by, review=review)
    return review


def make_reason(team: Team, code: str = "inaccurate") -> ReasonCode:
    return ReasonCode.objects.create(team=team, code=code, label_en="States something false", label_zh="内容不实")


def make_group(team: Team, name: str, *members: User) -> ReviewGroup:
    group = ReviewGroup.objects.create(team=team, name=name)
    group.members.set(members)
    return group


def make_policy(team: Team, *steps: Mapping[str, Any], **rules: Any) -> ReviewPolicy:
    """The team's newest policy: fields of each step in order ({} for one reviewer of the team), and of the policy."""
    newest = ReviewPolicy.objects.newest_of(team.pk)
    policy = ReviewPolicy.objects.create(team=team, number=newest.number + 1 if newest else 1, **rules)
    for position, fields in enumerate(steps or [{}], start=1):
        PolicyStep.objects.create(policy=policy, position=position, **fields)
    return policy


def make_gold(draft: Draft, created_by: User, verdict: str = "REJECTED") -> GoldItem:
    return GoldItem.objects.create(
        team=draft.team, draft=draft, verdict=verdict, explanation="It says what is not so.", created_by=created_by
    )
