from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db.models.functions import Now

from aigc_portal.accounts.models import Membership
from review.models import Review
from review.tasks import export_dataset, sweep_reviews
from tests.cast import Cast
from tests.factories import make_draft, make_review


def test_exports_leave_threads_to_the_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[int] = []
    both, go_on = Event(), Event()

    def execute(export_id: int) -> None:
        began.append(export_id)
        if len(began) == 2:
            both.set()
        go_on.wait(10)

    monkeypatch.setattr("review.tasks.execute", execute)
    with ThreadPoolExecutor(2) as worker:
        busy = [worker.submit(export_dataset, number) for number in (1, 2)]
        assert both.wait(10)
        export_dataset(3)  # returns at once; a waiting one would hold this thread
        assert sorted(began) == [1, 2]
        go_on.set()
        for export in busy:
            export.result(10)
    export_dataset(4)
    assert began[2:] == [4]


def test_an_export_that_breaks_gives_its_room_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(export_id: int) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("review.tasks.execute", broken)
    for _attempt in range(3):
        with pytest.raises(RuntimeError):
            export_dataset(1)


def test_the_sweep_gives_back_what_ran_out_and_what_former_reviewers_hold(cast: Cast, held: Review) -> None:
    ran_out = make_review(make_draft(held.draft.brief, "Another tea."), claimed_by=cast.second_reviewer)
    kept = make_review(make_draft(held.draft.brief, "A third tea."), claimed_by=cast.third_reviewer)
    Review.objects.filter(pk=ran_out.pk).update(claimed_until=Now() - timedelta(seconds=1))
    Membership.objects.filter(user=cast.reviewer).delete()
    sweep_reviews()
    assert set(Review.objects.awaiting_review()) == {held, ran_out}
    assert Review.objects.get(pk=kept.pk).claimed_by == cast.third_reviewer
