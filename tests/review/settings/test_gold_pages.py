"""The pages of texts with a known answer."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.audit.models import AuditEvent
from review.actions.claims import claim_next
from review.actions.decisions import approve
from review.models import GoldItem, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_gold, make_policy, make_review


@pytest.fixture
def decided(cast: Cast) -> Review:
    draft = make_draft(make_brief(cast.marketer, cast.team, "Winter tea"))
    review = make_review(draft, claimed_by=cast.third_reviewer)
    approve(actor=cast.third_reviewer, review=review, sha256=draft.sha256)
    return review


@pytest.fixture
def item(cast: Cast, decided: Review) -> GoldItem:
    return make_gold(decided.draft, cast.lead, "APPROVED")


def form_of(review: Review) -> str:
    return f"/reviews/{review.pk}/known-answer/"


def test_from_a_decided_review(cast: Cast, decided: Review) -> None:
    client = cast.client("lead")
    assert form_of(decided) in client.get(decided.get_absolute_url()).content.decode()
    assert client.get(form_of(decided)).status_code == 200
    response = client.post(form_of(decided), {"verdict": "APPROVED", "explanation": "All of it is so."})
    item = GoldItem.objects.get()
    assert response["Location"] == f"/reviews/settings/known-answers/{item.pk}/"
    page = client.get(response["Location"]).content.decode()
    assert "All of it is so." in page
    assert "Nobody has met it yet." in page
    assert AuditEvent.objects.about(item)[0].action == "gold.created"


@pytest.mark.parametrize(
    "given", [{}, {"verdict": "PENDING", "explanation": "Kept."}, {"verdict": "APPROVED", "explanation": "x" * 501}]
)
def test_what_does_not_fit_comes_back(cast: Cast, decided: Review, given: dict[str, str]) -> None:
    response = cast.client("lead").post(form_of(decided), given)
    assert response.status_code == 422
    assert given.get("explanation", "") in response.content.decode()
    assert not GoldItem.objects.exists()


def test_a_text_is_used_once(cast: Cast, decided: Review, item: GoldItem) -> None:
    response = cast.client("lead").post(form_of(decided), {"verdict": "APPROVED", "explanation": "Again."})
    assert response.status_code == 422
    assert "has a known answer already" in response.content.decode()


def test_an_open_review_has_no_answer(cast: Cast, waiting: Review) -> None:
    client = cast.client("lead")
    assert client.get(form_of(waiting)).status_code == 409
    assert client.post(form_of(waiting), {"verdict": "APPROVED", "explanation": "So."}).status_code == 409


@pytest.mark.parametrize(("who", "status"), [("reviewer", 403), ("marketer", 403), ("auditor", 403), ("outsider", 404)])
def test_wrong_role_and_wrong_team(cast: Cast, decided: Review, item: GoldItem, who: str, status: int) -> None:
    client, reads = cast.client(who), who == "auditor"
    one, all_of_them = f"/reviews/settings/known-answers/{item.pk}/", f"/reviews/settings/{cast.team.pk}/known-answers/"
    assert client.get(form_of(decided)).status_code == status
    assert client.post(form_of(decided), {"verdict": "APPROVED", "explanation": "So."}).status_code == status
    assert client.post(f"{one}retire/").status_code == status
    assert client.get(one).status_code == (200 if reads else status)
    assert client.get(all_of_them).status_code == (200 if reads else status)
    assert form_of(decided) not in client.get(decided.get_absolute_url()).content.decode()
    item.refresh_from_db()
    assert item.retired_at is None


def test_how_many_have_answered_and_how_many_agree(
    cast: Cast, item: GoldItem, waiting: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_policy(cast.team, gold_percent=100)
    for reviewer in (cast.reviewer, cast.second_reviewer):
        review = claim_next(actor=reviewer)
        assert review is not None
        approve(actor=reviewer, review=review, sha256=review.current_draft.sha256)
    client = cast.client("lead")
    page = client.get(f"/reviews/settings/{cast.team.pk}/known-answers/").content.decode()
    assert 'data-label="Answered">2</td>' in page
    assert 'data-label="Answered rightly">2</td>' in page
    one = client.get(f"/reviews/settings/known-answers/{item.pk}/").content.decode()
    assert "2 of 2 answers were right." in one
    assert cast.reviewer.name not in one


def test_retiring(cast: Cast, item: GoldItem) -> None:
    client = cast.client("admin")
    assert client.post(f"/reviews/settings/known-answers/{item.pk}/retire/").status_code == 302
    assert AuditEvent.objects.about(item)[0].action == "gold.retired"
    assert client.get(f"/reviews/settings/known-answers/{item.pk}/retire/").status_code == 405


def test_they_cost_no_queries(cast: Cast, item: GoldItem) -> None:
    client = cast.client("lead")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/reviews/settings/{cast.team.pk}/known-answers/").status_code == 200
        return len(captured)

    few = queries()
    brief = make_brief(cast.marketer, cast.team)
    for text in ("One.", "Two.", "Three."):
        make_gold(make_draft(brief, text), cast.admin)
    assert queries() == few
