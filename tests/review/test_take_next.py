from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from aigc_portal.audit.models import AuditEvent
from review.models import Priority, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review
from tests.review.queueing import make_overdue


def test_taking_the_next_one_opens_it(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    first, second = make_review(make_draft(brief, "One.")), make_review(make_draft(brief, "Two."))
    Review.objects.filter(pk=second.pk).update(due_at=Now() - timedelta(days=1))
    answer = cast.client("reviewer").post("/reviews/next/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/reviews/{second.pk}/")
    assert AuditEvent.objects.about(second)[0].action == "review.in_review"
    assert Review.objects.get(pk=first.pk).status == "PENDING"


def test_taking_the_next_one_keeps_to_what_was_searched_for(cast: Cast, waiting: Review) -> None:
    wanted = make_review(make_draft(make_brief(cast.marketer, cast.team, title="Coffee")))
    client = cast.client("reviewer")
    assert client.post("/reviews/next/?q=teapot").headers["Location"] == "/reviews/?q=teapot"
    assert client.post("/reviews/next/?q=coffee").headers["Location"] == f"/reviews/{wanted.pk}/?q=coffee"


def test_taking_the_next_one_keeps_to_the_state(cast: Cast, waiting: Review) -> None:
    late = make_review(make_draft(make_brief(cast.marketer, cast.team, title="Coffee")))
    Review.objects.filter(pk=waiting.pk).update(priority=Priority.URGENT)
    make_overdue(late)
    answer = cast.client("reviewer").post("/reviews/next/?state=overdue")
    assert answer.headers["Location"] == f"/reviews/{late.pk}/?state=overdue"


def test_taking_the_next_one_keeps_to_the_filters(cast: Cast, waiting: Review) -> None:
    client = cast.client("reviewer")
    answer = client.post("/reviews/next/?language=zh", follow=True)
    assert answer.redirect_chain == [("/reviews/?language=zh", 302)]
    assert "Nothing that you could take matches the filters." in answer.content.decode()
    answer = client.post("/reviews/next/?language=en")
    assert answer.headers["Location"] == f"/reviews/{waiting.pk}/?language=en"


def test_where_nothing_waits_at_all_no_filter_is_named(cast: Cast) -> None:
    client = cast.client("reviewer")
    assert "Nothing waits that you could take." in client.post("/reviews/next/", follow=True).content.decode()
    answer = client.post("/reviews/next/?state=overdue", follow=True)
    assert "Nothing that you could take matches the filters." in answer.content.decode()


def test_a_double_click_takes_one(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    for text in ("One.", "Two."):
        make_review(make_draft(brief, text))
    client = cast.client("reviewer")
    answers = [client.post("/reviews/next/", {"idempotency_key": "k1"}) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert Review.objects.filter(status="IN_REVIEW").count() == 1
