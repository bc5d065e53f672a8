"""Every page, with long and hostile texts in it: wide and narrow, light and dark."""

from __future__ import annotations

import pytest

from tests.browser.tour import Tour, kind_of

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

EXPECTED = {
    "/audit/", "/audit/N/", "/briefs/", "/briefs/N/", "/briefs/N/compare/", "/briefs/N/edit/", "/briefs/new/",
    "/briefs/new/N/", "/datasets/", "/datasets/N/", "/datasets/new/", "/drafts/N/", "/drafts/N/edit/",
    "/drafts/N/regenerate/", "/limits/", "/models/", "/models/N/", "/notices/", "/people/N/", "/prompts/",
    "/prompts/N/", "/reviews/", "/reviews/N/", "/reviews/N/break-glass/", "/reviews/N/known-answer/",
    "/reviews/N/triage/", "/reviews/filters/", "/reviews/numbers/", "/reviews/quality/", "/reviews/settings/N/groups/",
    "/reviews/settings/N/known-answers/", "/reviews/settings/N/policy/", "/reviews/settings/N/policy/new/",
    "/reviews/settings/N/reasons/", "/reviews/settings/policies/N/", "/runs/N/", "/sign-in/login/", "/teams/",
    "/teams/N/", "/tokens/", "/workers/",
}  # fmt: skip


def test_links_lead_to_every_page_and_none_is_broken(tour: Tour) -> None:
    assert {kind_of(visit.path) for visit in tour.visits} >= EXPECTED
    assert [(visit.path, visit.status) for visit in tour.visits if visit.status != 200] == []


def test_every_page_fits_and_is_accessible(tour: Tour) -> None:
    """No sideways scrolling, one heading, visible focus, and what axe asks for, contrast in both colours included."""
    assert [f"{visit.path}: {sentence}" for visit in tour.visits for sentence in visit.wrong] == []
