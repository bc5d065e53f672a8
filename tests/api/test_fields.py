"""No request sets a field that it has no business with: it is refused, and the row stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.forms.models import model_to_dict

from generation.models import Brief, Draft, GenerationRun
from review.datasets.models import DatasetExport
from review.models import Review
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_prompt, make_reason, make_review

MakeRequest = Callable[[Cast], tuple[str, str, str, dict[str, Any]]]


def new_brief(cast: Cast) -> tuple[str, str, str, dict[str, Any]]:
    values = {"topic": "Tea", "facts": "Green", "tone": "friendly"}
    body = {"prompt": make_prompt(cast.team).prompt_id, "title": "Spring", "values": values}
    return "marketer", "POST", "briefs/", body


def changed_brief(cast: Cast) -> tuple[str, str, str, dict[str, Any]]:
    brief = make_brief(cast.marketer, cast.team)
    return "marketer", "PATCH", f"briefs/{brief.pk}/", {"revision": 1, "title": "Spring"}


def new_run(cast: Cast) -> tuple[str, str, str, dict[str, Any]]:
    return "marketer", "POST", f"briefs/{make_brief(cast.marketer, cast.team).pk}/runs/", {}


def edit(cast: Cast) -> tuple[str, str, str, dict[str, Any]]:
    draft = make_draft(make_brief(cast.marketer, cast.team))
    return "marketer", "POST", f"drafts/{draft.pk}/edits/", {"text": "Better."}


def submission(cast: Cast) -> tuple[str, str, str, dict[str, Any]]:
    draft = make_draft(make_brief(cast.marketer, cast.team))
    return "marketer", "POST", f"drafts/{draft.pk}/reviews/", {}


def decision(cast: Cast) -> tuple[str, str, str, dict[str, Any]]:
    make_reason(cast.team)
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)), claimed_by=cast.reviewer)
    return "reviewer", "POST", f"reviews/{review.pk}/approve/", {"sha256": review.draft.sha256}


def export(cast: Cast) -> tuple[str, str, str, dict[str, Any]]:
    return "engineer", "POST", "datasets/", {"type": "preference"}


CASES: list[tuple[type[Model], MakeRequest]] = [
    (Brief, new_brief),
    (Brief, changed_brief),
    (GenerationRun, new_run),
    (Draft, edit),
    (Review, submission),
    (Review, decision),
    (DatasetExport, export),
]


def rows(model: type[Model]) -> list[dict[str, Any]]:
    return [model_to_dict(row) for row in model._default_manager.order_by("pk")]


@pytest.mark.parametrize(("model", "request_of"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_every_other_field_of_the_model_is_refused(cast: Cast, model: type[Model], request_of: MakeRequest) -> None:
    who, method, path, body = request_of(cast)
    caller = Api(getattr(cast, who))
    names = {name for field in model._meta.fields for name in (field.name, field.attname)} - set(body)
    names -= {"training_consent", "seed", "variants", "language", "team", "model_name"}  # what some of them may set
    before = rows(model)
    for name in sorted(names):
        answer = caller.send(method, path, body | {name: cast.outsider.pk})
        assert answer.status_code == 400, name
        assert name in answer.json()["errors"]
    assert rows(model) == before
