"""What a team settles for its reviews keeps its words."""

from __future__ import annotations

from typing import Any

import pytest

from review.models import ReasonCode, ReviewPolicy
from tests.cast import Cast
from tests.factories import make_policy
from tests.review.database.writing import execute, refused


def test_a_reason_keeps_its_words(reason: ReasonCode) -> None:
    with refused("Cannot update rows"):
        ReasonCode.objects.update(label_en="Perfectly fine")
    with refused("Cannot delete rows"):
        reason.delete()
    assert ReasonCode.objects.update(position=3) == 1


def test_a_policy_is_written_once(cast: Cast) -> None:
    policy = make_policy(cast.team)
    for table, rows in (("reviewpolicy", ReviewPolicy.objects.all()), ("policystep", policy.steps.all())):
        with refused("Cannot update or delete|Cannot update rows"):
            rows.update(**{"blind": True} if table == "reviewpolicy" else {"reviewers": 2})
        with refused("Cannot update or delete|Cannot delete"):
            execute(f"DELETE FROM review_{table}")  # noqa: S608


@pytest.mark.parametrize("step", [{"reviewers": 0}, {"reviewers": 6}, {"rule": "lottery"}])
def test_a_step_is_in_range(cast: Cast, step: dict[str, Any]) -> None:
    with refused("policy_step"):
        make_policy(cast.team, step)
