"""A new team with what it needs to start: prompts, a review policy and reasons."""

from __future__ import annotations

from django.db import transaction

from aigc_portal.accounts.models import Team, User
from aigc_portal.audit.events import record
from generation.actions.prompts import seed_prompts
from review.actions.policies import policy_of
from review.models import ReasonCode

REASONS = [
    ("inaccurate", "States something false", "内容不实"),
    ("unsupported", "Claims what the brief does not support", "缺乏依据的说法"),
    ("off-brand", "Does not sound like us", "不符合品牌风格"),
    ("banned-claim", "Uses a claim that we may not make", "使用了禁用的宣传用语"),
    ("language", "Grammar, spelling or style", "语法、用词或文风问题"),
    ("off-brief", "Misses the brief", "偏离需求"),
    ("length", "Too long or too short", "篇幅不合适"),
    ("personal-data", "Contains personal data", "包含个人信息"),
    ("other", "Something else (see comment)", "其他（见评语）"),
]


@transaction.atomic
def open_team(*, actor: User | None, name: str) -> Team:
    """Create the team with the prompts, the policy and the reason codes that every team starts with."""
    team = Team.objects.create(name=name)
    record("team.created", team, actor=actor, team_id=team.pk, after={"name": name})
    seed_prompts(actor=actor, team=team)
    policy_of(team)
    ReasonCode.objects.bulk_create(
        ReasonCode(team=team, code=code, label_en=english, label_zh=chinese, position=position)
        for position, (code, english, chinese) in enumerate(REASONS)
    )
    return team
