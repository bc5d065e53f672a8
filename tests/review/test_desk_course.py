"""What the desk tells of the course of a review, corrections, variants and due dates, and what it keeps to itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from aigc_portal.accounts.models import Membership, Role
from review.actions.claims import claim
from review.models import Review
from review.subject import Subject
from review.variants import following, variants_of
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_group, make_policy, make_reason, make_review, make_run
from tests.review.judging import judge

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _reasons(cast: Cast) -> None:
    make_reason(cast.team)


def page(cast: Cast, person: str, review: Review, query: str = "") -> str:
    answer = cast.client(person).get(f"/reviews/{review.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def pair(cast: Cast) -> Review:
    """Two editors must agree, then legal."""
    legal = make_group(cast.team, "Legal", cast.third_reviewer)
    editors = make_group(cast.team, "Editors", cast.reviewer, cast.second_reviewer)
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous", "group": editors}, {"group": legal})
    return make_review(make_draft(make_brief(cast.marketer, cast.team), "A strong black tea."))


def test_the_step_is_told_in_the_head(cast: Cast, pair: Review) -> None:
    assert "Step 1 of 2 · Editors · 0 of 2 have judged" in page(cast, "reviewer", pair)
    judge(pair, cast.reviewer)
    assert "Step 1 of 2 · Editors · 1 of 2 have judged" in page(cast, "marketer", pair)
    judge(pair, cast.second_reviewer)
    assert "Step 2 of 2 · Legal · 0 of 1 have judged" in page(cast, "marketer", pair)


def test_one_reviewer_alone_has_no_course(cast: Cast, waiting: Review) -> None:
    assert "have judged" not in page(cast, "reviewer", waiting)


def test_whoever_is_not_asked_is_told_why(cast: Cast, pair: Review) -> None:
    assert "This step is for the group “Editors”" in page(cast, "third_reviewer", pair)
    judge(pair, cast.reviewer)
    assert "You have judged this text. Now somebody else is asked." in page(cast, "reviewer", pair)


def test_a_correction_is_the_text_under_review(cast: Cast, pair: Review) -> None:
    judge(pair, cast.reviewer, text="A mild black tea.")
    pair.refresh_from_db()
    claim(actor=cast.second_reviewer, review=pair)
    text = page(cast, "second_reviewer", pair)
    for part in (
        "Draft, corrected by Reviewer",
        "What was corrected in this review",
        "<del>strong</del>",
        "A mild black tea.</textarea>",
        f'name="sha256" value="{pair.current_draft.sha256}"',
        f'data-autosave="review:{cast.second_reviewer.pk}:{pair.pk}:{pair.current_draft_id}"',
    ):
        assert part in text, part
    url = f"/reviews/{pair.pk}/correction/"
    same = cast.client("second_reviewer").post(url, {"corrected_text": "A mild black tea."}, headers=HTMX)
    assert "Nothing is changed yet" in same.content.decode()


def test_a_blind_policy_hides_verdict_reasons_and_corrector(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, blind=True)
    review = make_review(make_draft(waiting.draft.brief, "A strong black tea."))
    judge(review, cast.reviewer, text="A mild black tea.")
    judge(review, cast.second_reviewer, "REJECTED")
    named = ("Draft, corrected by Reviewer", "<span>Reviewer, <time", "<span>Second Reviewer, <time")
    for person in ("marketer", "engineer"):
        text = page(cast, person, review)
        assert "Draft, corrected by a reviewer" in text
        assert [part for part in ("Not yet.", *named) if part in text] == []
    adjudicator = page(cast, "third_reviewer", review)
    for part in ("You adjudicate", "Draft, corrected by a reviewer", "A reviewer, <time", "Not yet."):
        assert part in adjudicator, part
    assert [part for part in named if part in adjudicator] == []
    told = page(cast, "lead", review)
    assert [part for part in named if part not in told] == []
    own = page(cast, "reviewer", review)
    assert "Draft, corrected by Reviewer" in own
    assert "Not yet." not in own


def test_a_dispute_says_who_decides(cast: Cast, waiting: Review) -> None:
    board = make_group(cast.team, "Board", cast.third_reviewer)
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, adjudicators=board)
    review = make_review(make_draft(waiting.draft.brief, "A strong black tea."))
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    assert "The reviewers disagree. “Board” decides." in page(cast, "lead", review)
    assert "You adjudicate." in page(cast, "third_reviewer", review)
    judge(review, cast.third_reviewer, "REJECTED")
    text = page(cast, "marketer", review)
    for part in ("by Third Reviewer,", "Adjudication", "Second Reviewer,", "Not yet."):
        assert part in text, part


def test_the_queries_do_not_grow_with_the_verdicts(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, {"reviewers": 5, "rule": "unanimous"})
    review = make_review(make_draft(waiting.draft.brief, "A strong black tea."))
    client = cast.client("lead")

    def queries() -> int:
        client.get(f"/reviews/{review.pk}/")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/reviews/{review.pk}/")
        return len(captured)

    judge(review, cast.reviewer)
    one = queries()
    judge(review, cast.second_reviewer)
    judge(review, cast.third_reviewer)
    assert queries() == one <= 20


def test_how_urgent_it_is_and_for_whom(cast: Cast, waiting: Review) -> None:
    Review.objects.filter(pk=waiting.pk).update(due_at=timezone.now() + timedelta(hours=5))
    text = page(cast, "reviewer", waiting)
    assert "Due " in text
    assert "Overdue" not in text
    Review.objects.filter(pk=waiting.pk).update(
        due_at=timezone.now() - timedelta(hours=5), priority=1, assigned_to=cast.second_reviewer
    )
    text = page(cast, "reviewer", waiting)
    for part in ("Overdue since", "Urgent", "Assigned to Second Reviewer", "A review lead can assign it"):
        assert part in text, part
    assert "Take this review" not in text
    assert "Assigned to you" in page(cast, "second_reviewer", waiting)


def test_variants_stand_beside_it_and_are_compared_on_demand(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    run = make_run(brief, variants=3)
    texts = ("A strong black tea.", "A mild black tea.", "Tea <b>from</b> April.")
    first, second, third = (make_draft(brief, text, run=run, variant=at) for at, text in enumerate(texts))
    review = make_review(first, claimed_by=cast.reviewer)
    text = page(cast, "reviewer", review)
    for part in ("2 other variants", "A mild black tea.", "Tea &lt;b&gt;from&lt;/b&gt; April.", 'data-shortcut="v"'):
        assert part in text, part
    assert f"compare={second.pk}" in text
    answer = cast.client("reviewer").get(f"/reviews/{review.pk}/?language=en&compare={second.pk}", headers=HTMX)
    part = answer.content.decode()
    assert "<html" not in part
    assert "<del>strong</del>" in part
    assert f"/reviews/{review.pk}/?language=en&amp;compare={third.pk}" in part
    assert "<del>strong</del>" in page(cast, "reviewer", review, f"?compare={second.pk}")
    assert "<del>" not in page(cast, "reviewer", review, "?compare=999999")
    outside = cast.client("outsider").get(f"/reviews/{review.pk}/?compare={second.pk}", headers=HTMX)
    assert outside.status_code == 404


def test_comparing_goes_through_the_variants_and_ends(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    run = make_run(brief, variants=3)
    drafts = [make_draft(brief, f"Tea {number}.", run=run, variant=number) for number in range(3)]
    subject = Subject(Review.objects.with_subject().get(pk=make_review(drafts[0]).pk))
    steps = [""]
    for _ in range(3):
        steps.append(following(variants_of(subject, steps[-1])))
    assert steps == ["", str(drafts[1].pk), str(drafts[2].pk), ""]
    assert following([]) == ""


def test_without_variants_there_is_no_empty_place(cast: Cast, held: Review) -> None:
    text = page(cast, "reviewer", held)
    assert "desk-variants" not in text
    for key in "vf":
        assert f'data-shortcut="{key}"' not in text


def test_the_fact_check_is_on_the_desk_where_it_is_asked_for(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, fact_check=True)
    review = make_review(make_draft(waiting.draft.brief, "A strong black tea."), claimed_by=cast.reviewer)
    text = page(cast, "reviewer", review)
    assert 'data-shortcut="f"' in text
    assert 'data-needs="fact-check"' in text


def test_a_decision_alone_is_told_with_its_reason(cast: Cast, held: Review) -> None:
    judge_alone = "The campaign starts today."
    Review.objects.filter(pk=held.pk).update(break_glass=judge_alone)
    judge(held, cast.reviewer)
    with override("en"):
        text = page(cast, "marketer", held)
    assert f"Decided alone, against the rules of the review: {judge_alone}" in text


def test_a_lead_who_reviews_too_is_told_so(cast: Cast, waiting: Review) -> None:
    Membership.objects.create(team=cast.team, user=cast.lead, role=Role.REVIEWER)
    assert "Take this review" in page(cast, "lead", waiting)
