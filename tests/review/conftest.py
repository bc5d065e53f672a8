from __future__ import annotations

import pytest

from generation.models import Draft
from review.actions.claims import claim
from review.actions.decisions import approve
from review.models import ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_reason, make_review


@pytest.fixture
def draft(cast: Cast) -> Draft:
    """A draft of the model that the marketer asked for."""
    return make_draft(make_brief(cast.marketer, cast.team))


@pytest.fixture
def waiting(draft: Draft) -> Review:
    return make_review(draft)


@pytest.fixture
def held(cast: Cast, draft: Draft) -> Review:
    """In the reviewer's hands."""
    return make_review(draft, claimed_by=cast.reviewer)


@pytest.fixture
def reason(cast: Cast) -> ReasonCode:
    return make_reason(cast.team)


@pytest.fixture
def busy(cast: Cast) -> dict[str, Review]:
    """One of each: waiting, the reviewer's, another's, decided; oldest first in this order."""
    reviews = {}
    for name in ("waiting", "mine", "others", "decided"):
        draft = make_draft(make_brief(cast.marketer, cast.team, title=f"{name} tea"))
        reviews[name] = make_review(draft)
    claim(actor=cast.reviewer, review=reviews["mine"])
    for name in ("others", "decided"):
        claim(actor=cast.second_reviewer, review=reviews[name])
    approve(actor=cast.second_reviewer, review=reviews["decided"], sha256=reviews["decided"].draft.sha256)
    return reviews
