from __future__ import annotations

import pytest

from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.claims import claim
from review.actions.decisions import approve, reject
from review.actions.verdicts import Verdict
from review.models import Feedback
from tests.cast import Cast
from tests.review.judging import under

pytestmark = pytest.mark.usefixtures("reason")


def test_the_facts_are_checked_where_the_policy_says_so(cast: Cast, draft: Draft) -> None:
    review = under(draft, fact_check=True)
    claim(actor=cast.reviewer, review=review)
    with pytest.raises(Refused) as caught:
        approve(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=Verdict(comment="Fine."))
    assert (caught.value.code, caught.value.status) == ("facts_unchecked", 400)
    assert (review.status, Feedback.objects.count()) == ("IN_REVIEW", 0)
    said = approve(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=Verdict(facts_checked=True))
    assert said.facts_checked


def test_a_correction_without_the_fact_check_leaves_no_draft_behind(cast: Cast, draft: Draft) -> None:
    review = under(draft, fact_check=True)
    claim(actor=cast.reviewer, review=review)
    with pytest.raises(Refused, match="facts_unchecked"):
        approve(actor=cast.reviewer, review=review, sha256=draft.sha256, corrected_text="Better.")
    assert Draft.objects.count() == 1


def test_a_refusal_needs_no_fact_check(cast: Cast, draft: Draft) -> None:
    review = under(draft, fact_check=True)
    claim(actor=cast.reviewer, review=review)
    reject(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    assert review.status == "REJECTED"
