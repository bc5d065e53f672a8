"""Every action has words, every object has a page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings

from aigc_portal.accounts.actions import add_person, choose_language, issue_token
from aigc_portal.accounts.models import Role
from aigc_portal.audit.labels import ACTIONS, GROUPS, TYPES
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StatefulModel
from generation.actions.briefs import edit_brief
from generation.actions.drafts import edit_draft
from generation.actions.models import register_model_version
from generation.actions.runs import request_run
from review.actions import decisions
from review.actions.gold import create_gold
from review.actions.groups import create_group
from review.actions.policies import publish_policy
from review.actions.reasons import add_reason
from review.datasets.actions import create_export
from review.datasets.selection import Selection
from review.onboarding import open_team
from review.policy_rules import PolicyRules
from tests.cast import Cast, make_user
from tests.factories import VALUES, make_brief, make_draft, make_review

APPS = ("aigc_portal", "generation", "review")
CODE = re.compile(r"[a-z]+\.[a-z_]+")
WRITERS = {"record", "record_for_each_team", "record_attempt", "return_to_queue"}


def written_actions() -> Iterator[str]:
    """Codes that the source writes out, and those that transitions build from a noun and a status."""
    for app in APPS:
        for path in Path(settings.BASE_DIR, app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    yield from codes_in(node)
    for model in apps.get_models():
        if issubclass(model, StatefulModel):
            reached = {status for following in model.TRANSITIONS.values() for status in following}
            yield from (f"{model.EVENT_NOUN}.{status.lower()}" for status in reached)


def codes_in(call: ast.Call) -> Iterator[str]:
    written = [keyword.value for keyword in call.keywords if keyword.arg == "action"]
    if isinstance(call.func, ast.Name) and call.func.id in WRITERS:
        written += call.args[:2]
    for value in (part for expression in written for part in ast.walk(expression)):
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and CODE.fullmatch(value.value):
            yield value.value


def test_every_action_has_words() -> None:
    written = set(written_actions())
    assert {"brief.created", "review.approved", "draft.corrected", "user.sign_in_locked"} <= written
    assert written - ACTIONS.keys() == set()


def test_no_words_without_an_action() -> None:
    assert ACTIONS.keys() - set(written_actions()) == set()


def test_every_action_is_in_a_group() -> None:
    assert {code.partition(".")[0] for code in ACTIONS} == GROUPS.keys()


def test_every_type_is_a_model() -> None:
    for label in TYPES:
        assert apps.get_model(label)


@pytest.fixture
def whole_loop(cast: Cast) -> Cast:
    """At least one event about each kind of object."""
    team = open_team(actor=None, name="Water")
    add_person(actor=cast.admin, team=cast.team, email="n@x.test", name="N", roles=[Role.MARKETER])
    choose_language(actor=cast.marketer, language="en")
    issue_token(actor=cast.engineer, name="export")
    fields: dict[str, Any] = {"files": {}, "languages": ["en"], "licence": "", "source": "", "context_length": 100}
    register_model_version(name="M", digest="d" * 64, is_default=True, **fields)
    brief = make_brief(cast.marketer, cast.team)
    edit_brief(actor=cast.marketer, brief=brief, revision=1, title="Tea", values=VALUES, training_consent=True)
    request_run(actor=cast.marketer, brief=brief, variants=1)
    draft = edit_draft(actor=cast.marketer, draft=make_draft(brief), text="Other words.")
    review = make_review(draft, claimed_by=cast.reviewer)
    decisions.approve(actor=cast.reviewer, review=review, sha256=draft.sha256, corrected_text="The right words.")
    create_gold(actor=cast.lead, review=review, verdict="APPROVED", explanation="All of it is so.")
    create_group(actor=cast.lead, team=cast.team, name="Editors")
    add_reason(actor=cast.lead, team=cast.team, code="other", label_en="Something else", label_zh="其他")
    publish_policy(actor=cast.lead, team=cast.team, rules=PolicyRules(blind=True), based_on=1)
    create_export(actor=cast.engineer, type="prompt-completion", selection=Selection(cast.team.pk))
    for every in (team, cast.team):
        make_user(f"auditor of {every.name}", every, Role.AUDITOR)
    return cast


def test_every_object_has_a_page_that_an_auditor_may_read(whole_loop: Cast) -> None:
    seen = set()
    client = whole_loop.client("auditor")
    for event in AuditEvent.objects.of_teams([whole_loop.team.pk]):
        assert event.target_type in TYPES
        assert event.target_url, event
        if event.target_type not in seen:
            assert client.get(event.target_url).status_code == 200, event
            seen.add(event.target_type)
    assert seen == TYPES.keys() - {"accounts.team"}
    own_team = f"/teams/{whole_loop.team.pk}/"
    assert client.get(own_team).status_code == 200


def test_the_actors_have_pages(whole_loop: Cast) -> None:
    client = whole_loop.client("auditor")
    for actor in set(AuditEvent.objects.of_teams([whole_loop.team.pk]).values_list("actor", flat=True)) - {None}:
        assert client.get(f"/people/{actor}/").status_code == 200
