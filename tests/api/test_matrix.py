"""Role × team × endpoint: who may do what, and that nothing leaks out of a team."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver, reverse

from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.models import AuditEvent
from generation.models import Prompt
from review.actions.comments import add_comment, resolve_thread
from review.datasets.models import DatasetExport
from review.models import Comment, Review
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import (
    make_brief,
    make_draft,
    make_gold,
    make_group,
    make_model,
    make_policy,
    make_prompt,
    make_reason,
    make_review,
    make_run,
)

ROLES = ("marketer", "reviewer", "lead", "auditor", "engineer", "admin")
EVERYONE = frozenset(ROLES)


@dataclass(frozen=True)
class World:
    """One of everything in the team, ready for its next step."""

    cast: Cast
    prompt: Prompt
    brief: int
    run: int
    failed_run: int
    draft: int
    fresh_draft: int
    waiting: int
    held: Review
    export: int
    failed_export: int
    model: int
    event: int


@pytest.fixture
def world(cast: Cast) -> World:
    version = make_prompt(cast.team)
    make_reason(cast.team)
    brief = make_brief(cast.marketer, cast.team)
    drafts = [make_draft(brief, text) for text in ("One.", "Two.", "Three.")]
    return World(
        cast=cast,
        prompt=version.prompt,
        brief=brief.pk,
        run=make_run(brief, status="QUEUED").pk,
        failed_run=make_run(brief, status="FAILED").pk,
        draft=drafts[0].pk,
        fresh_draft=drafts[2].pk,
        waiting=make_review(drafts[0]).pk,
        held=make_review(drafts[1], claimed_by=cast.reviewer),
        export=make_export(cast, "QUEUED").pk,
        failed_export=make_export(cast, "FAILED").pk,
        model=make_model().pk,
        event=AuditEvent.objects.filter(team=cast.team).latest("pk").pk,
    )


def make_export(cast: Cast, status: str) -> DatasetExport:
    return DatasetExport.objects.create(
        team=cast.team, type="unpaired-preference", requested_by=cast.engineer, status=status
    )


@dataclass(frozen=True)
class Endpoint:
    """`name` and `method` of the address; `roles` may do it, the team's others are refused.

    `here` gives the address's arguments. A `shared` thing belongs to everybody who is signed in, a `listing` shows its
    reader's teams only.
    """

    name: str
    method: str
    roles: frozenset[str]
    here: Callable[[World], dict[str, Any]] = lambda _: {}
    body: Callable[[World], dict[str, Any]] = lambda _: {}
    success: int = 200
    shared: bool = False
    listing: bool = False


def only(*roles: str) -> frozenset[str]:
    return frozenset(roles)


def verdict(world: World) -> dict[str, Any]:
    return {"sha256": world.held.draft.sha256, "reasons": ["inaccurate"]}


def at(field: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": getattr(world, field)}


def group_of(world: World) -> dict[str, Any]:
    """A group that the policy names."""
    group = make_group(world.cast.team, "Editors", world.cast.reviewer)
    make_policy(world.cast.team, {"group": group})
    return {"pk": group.pk}


def remark(world: World) -> dict[str, Any]:
    return {"text": "Why?", "sha256": Review.objects.get(pk=world.waiting).draft.sha256}


def thread_of(world: World) -> dict[str, Any]:
    review = Review.objects.get(pk=world.waiting)
    comment = add_comment(actor=world.cast.marketer, review=review, text="Why?", draft_sha256=review.draft.sha256)
    return {"pk": comment.pk}


def resolved_thread_of(world: World) -> dict[str, Any]:
    here = thread_of(world)
    resolve_thread(actor=world.cast.marketer, thread=Comment.objects.get(**here))
    return here


def gold_of(world: World) -> dict[str, Any]:
    return {"pk": make_gold(world.held.draft, world.cast.lead).pk}


ENDPOINTS = [
    Endpoint("me", "GET", EVERYONE, shared=True),
    Endpoint("tokens", "GET", EVERYONE, shared=True),
    Endpoint("models", "GET", EVERYONE, shared=True),
    Endpoint("model", "GET", EVERYONE, at("model"), shared=True),
    Endpoint("engine", "GET", EVERYONE, shared=True),
    Endpoint("workers", "GET", only("engineer", "admin"), listing=True),
    Endpoint("limits", "GET", only("admin"), listing=True),
    Endpoint("limit", "GET", only("admin"), lambda world: {"pk": world.cast.team.pk}),
    Endpoint("limit", "PATCH", only("admin"), lambda world: {"pk": world.cast.team.pk}, lambda _: {"daily_tokens": 9}),
    Endpoint("notices", "GET", EVERYONE, listing=True),
    Endpoint("notices-read", "POST", EVERYONE, shared=True),
    Endpoint("notice-settings", "GET", EVERYONE, shared=True),
    Endpoint("notice-settings", "PATCH", EVERYONE, body=lambda _: {"mail": "at_once"}, shared=True),
    Endpoint("prompts", "GET", EVERYONE, listing=True),
    Endpoint("prompt", "GET", EVERYONE, lambda world: {"pk": world.prompt.pk}),
    Endpoint("briefs", "GET", EVERYONE, listing=True),
    Endpoint(
        "briefs",
        "POST",
        only("marketer"),
        body=lambda world: {
            "prompt": world.prompt.pk,
            "title": "Spring",
            "values": {"topic": "Tea", "facts": "Green", "tone": "friendly"},
        },
        success=201,
    ),
    Endpoint("brief", "GET", EVERYONE, at("brief")),
    Endpoint("brief", "PATCH", only("marketer"), at("brief"), lambda _: {"revision": 1, "title": "New"}),
    Endpoint("brief-runs", "POST", only("marketer"), lambda world: {"brief": world.brief}, success=201),
    Endpoint(
        "brief-comparisons",
        "POST",
        only("marketer"),
        lambda world: {"brief": world.brief},
        lambda _: {"models": ["smollm2-135m-instruct", "smollm2-135m-instruct"]},
        success=400,  # one model is served
    ),
    Endpoint("runs", "GET", EVERYONE, listing=True),
    Endpoint("run", "GET", EVERYONE, at("run")),
    Endpoint("run-cancel", "POST", only("marketer"), at("run")),
    Endpoint("run-repeat", "POST", only("marketer"), at("failed_run"), success=201),
    Endpoint("drafts", "GET", EVERYONE, listing=True),
    Endpoint("draft", "GET", EVERYONE, at("draft")),
    Endpoint("draft-edits", "POST", only("marketer"), at("draft"), lambda _: {"text": "Better."}, success=201),
    Endpoint(
        "draft-regenerations",
        "POST",
        only("marketer"),
        lambda world: {"draft": world.draft},
        lambda _: {"feedback": "Facts first."},
        success=201,
    ),
    Endpoint("draft-reviews", "POST", only("marketer"), lambda world: {"draft": world.fresh_draft}, success=201),
    Endpoint("reason-codes", "GET", EVERYONE, listing=True),
    Endpoint("reviews", "GET", EVERYONE, listing=True),
    Endpoint("review", "GET", EVERYONE, at("waiting")),
    Endpoint("review", "PATCH", only("lead"), at("waiting"), lambda _: {"priority": 1}),
    Endpoint("review-next", "POST", only("reviewer"), listing=True),
    Endpoint("review-claim", "POST", only("reviewer"), at("waiting")),
    Endpoint("review-renew", "POST", only("reviewer"), lambda world: {"pk": world.held.pk}),
    Endpoint("review-release", "POST", only("reviewer"), lambda world: {"pk": world.held.pk}),
    Endpoint("review-withdraw", "POST", only("marketer"), at("waiting")),
    Endpoint("review-approve", "POST", only("reviewer"), lambda world: {"pk": world.held.pk}, verdict),
    Endpoint("review-request_changes", "POST", only("reviewer"), lambda world: {"pk": world.held.pk}, verdict),
    Endpoint("review-reject", "POST", only("reviewer"), lambda world: {"pk": world.held.pk}, verdict),
    Endpoint(
        "review-undo",
        "POST",
        only("reviewer"),
        lambda world: {"pk": world.held.pk},
        success=409,  # there is no verdict yet
    ),
    Endpoint("review-take_away", "POST", only("lead"), lambda world: {"pk": world.held.pk}),
    Endpoint("review-comments", "GET", EVERYONE, at("waiting")),
    Endpoint("review-comments", "POST", only("marketer", "reviewer", "lead"), at("waiting"), remark, success=201),
    Endpoint(
        "comment-resolve",
        "POST",
        only("marketer", "reviewer", "lead"),
        resolved_thread_of,
        success=409,  # it is resolved
    ),
    Endpoint(
        "comment-reopen",
        "POST",
        only("marketer", "reviewer", "lead"),
        thread_of,
        success=409,  # it is open
    ),
    Endpoint("review-policies", "GET", EVERYONE, listing=True),
    Endpoint("review-policy", "GET", EVERYONE, lambda world: {"pk": world.held.policy_id}),
    Endpoint(
        "review-policies",
        "POST",
        only("lead", "admin"),
        body=lambda world: {"team": world.cast.team.pk, "based_on": 0, "steps": [{}]},
        success=409,  # a newer version holds
    ),
    Endpoint("review-groups", "GET", EVERYONE, listing=True),
    Endpoint("review-group", "GET", EVERYONE, group_of),
    Endpoint(
        "review-groups",
        "POST",
        only("lead", "admin"),
        body=lambda world: {"team": world.cast.team.pk, "name": "Legal", "members": [world.cast.outsider.pk]},
        success=400,  # who is not in the team is in no group of it
    ),
    Endpoint("review-group", "PATCH", only("lead", "admin"), group_of, lambda _: {"name": "Legal"}),
    Endpoint(
        "review-group",
        "DELETE",
        only("lead", "admin"),
        group_of,
        success=409,  # the policy names it
    ),
    Endpoint("gold-items", "GET", only("lead", "admin"), listing=True),
    Endpoint("gold-item", "GET", only("lead", "admin"), gold_of),
    Endpoint("gold-item-retire", "POST", only("lead", "admin"), gold_of),
    Endpoint(
        "gold-items",
        "POST",
        only("lead", "admin"),
        body=lambda world: {"review": world.held.pk, "verdict": "REJECTED", "explanation": "It is false."},
        success=409,  # it is not decided
    ),
    Endpoint("datasets", "GET", EVERYONE, listing=True),
    Endpoint(
        "datasets",
        "POST",
        only("engineer"),
        body=lambda world: {"type": "prompt-completion", "team": world.cast.team.pk},
        success=400,  # there is nothing to export
    ),
    Endpoint("dataset", "GET", EVERYONE, at("export")),
    Endpoint("dataset-cancel", "POST", only("engineer"), at("export")),
    Endpoint("dataset-retry", "POST", only("engineer"), at("failed_export"), success=201),
    Endpoint(
        "dataset-file",
        "GET",
        only("engineer"),
        lambda world: {"pk": world.export, "name": "train.jsonl"},
        success=409,  # it is not ready
    ),
    Endpoint("events", "GET", only("auditor"), listing=True),
    Endpoint("event", "GET", only("auditor"), at("event")),
]
NOT_IN_THE_MATRIX = {
    ("tokens", "POST"),  # for people who are not signed in: tests/aigc_portal/accounts/test_tokens_api.py
    ("token", "DELETE"),  # one's own only: the same file
    ("notice-read", "POST"),  # one's own only: tests/aigc_portal/notices/test_api.py
    ("reviews-bulk", "POST"),  # each review has an outcome of its own: tests/review/api/test_bulk.py
    ("schema", "GET"),  # tells nothing of anybody: tests/api/test_schema.py
    ("docs", "GET"),
}


def patterns() -> dict[str, URLPattern]:
    api: Any = next(found for found in get_resolver().url_patterns if str(found.pattern) == "api/")
    v1: Any = api.url_patterns[0]
    found = [pattern for part in v1.url_patterns for pattern in getattr(part, "url_patterns", [part])]
    return {str(pattern.name).removeprefix("api-"): pattern for pattern in found}


def methods_of(pattern: URLPattern) -> set[str]:
    actions = getattr(pattern.callback, "actions", None)
    view = pattern.callback.cls  # type: ignore[attr-defined]
    names = actions or [name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)]
    return {name.upper() for name in names} - {"HEAD"}


def test_the_matrix_names_every_address() -> None:
    exists = {(name, method) for name, pattern in patterns().items() for method in methods_of(pattern)}
    assert exists == {(each.name, each.method) for each in ENDPOINTS} | NOT_IN_THE_MATRIX


def address(endpoint: Endpoint, world: World) -> str:
    return reverse(f"api-{endpoint.name}", kwargs=endpoint.here(world)).removeprefix("/api/v1/")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.name}")
def test_role_and_team(world: World, endpoint: Endpoint, no_doorbell: None) -> None:
    path, body = address(endpoint, world), endpoint.body(world)
    events = AuditEvent.objects.filter(team=world.cast.team).exclude(action__startswith="token.")

    def ask(user: User | None) -> Any:
        return Api(user).send(endpoint.method, path, None if endpoint.method == "GET" else body)

    before = events.count()
    assert ask(None).status_code == 401
    stranger = User.objects.create_superuser("root@example.test", "password", name="Root")
    for outside in (world.cast.outsider, stranger):
        answer = ask(outside)
        if endpoint.shared:
            assert answer.status_code == 200
        elif endpoint.listing:
            assert answer.status_code in (200, 204, 403)
            rows = answer.json()["results"] if answer.status_code == 200 else []
            assert world.cast.team.pk not in {row["team"] for row in rows}
        else:
            refused = 403 if endpoint.name == "event" and outside is stranger else 404  # who audits nothing at all
            assert answer.status_code == refused, answer.content
    for role in sorted(EVERYONE - endpoint.roles):
        answer = ask(getattr(world.cast, role))
        assert (role, answer.status_code) == (role, 403)
    assert events.count() == before, "a refusal changed something"
    for role in sorted(endpoint.roles):
        answer = ask(getattr(world.cast, role))
        assert (role, answer.status_code) == (role, endpoint.success), answer.content


def test_the_roles_of_the_matrix_are_all_roles() -> None:
    assert set(ROLES) == set(Role.values)
