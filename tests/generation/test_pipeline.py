from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from aigc_portal.audit.models import AuditEvent
from aigc_portal.jobs.leases import Lease, claim
from generation import pipeline, run_endings
from generation.actions.runs import cancel_run
from generation.engine.errors import EngineError, InvalidLogits, ModelUnavailable, RemoteUnavailable
from generation.engine.fake import FakeEngine
from generation.engine.types import Cancelled, GenerationRequest, OnDelta, Result
from generation.fair_order import claim_fairest
from generation.models import Draft, GenerationRun, TokenCounter
from generation.run_stream import connect, key_of
from tests.cast import Cast
from tests.factories import make_brief, make_run, without_triggers


@pytest.fixture
def run(cast: Cast) -> GenerationRun:
    return make_run(make_brief(cast.marketer, cast.team), status="QUEUED", variants=3)


def claimed(run: GenerationRun) -> GenerationRun:
    found = claim(GenerationRun, run.pk)
    assert found is not None
    return found


def tokens_charged() -> int:
    """Beside what the claim charges, which is not done here: the run's estimate."""
    return TokenCounter.objects.get().tokens


def streamed(run: GenerationRun) -> list[tuple[str, dict[str, object]]]:
    with connect() as redis:
        entries: Any = redis.xrange(key_of(run.pk))
    return [(fields[b"event"].decode(), json.loads(fields[b"data"])) for _id, fields in entries]


def test_a_run_leaves_one_draft_a_variant(cast: Cast, run: GenerationRun) -> None:
    pipeline.execute(claimed(run), FakeEngine())
    run.refresh_from_db()
    drafts = list(run.drafts.all())
    assert run.status == "SUCCEEDED"
    assert [draft.variant for draft in drafts] == [0, 1, 2]
    assert len({draft.text for draft in drafts}) == 3
    assert {draft.author for draft in drafts} == {cast.marketer}
    assert drafts[0].contributors == [cast.marketer.pk]
    assert run.completion_tokens == sum(draft.token_count or 0 for draft in drafts)
    assert run.versions == {"device": "none", "dtype": "none"}
    assert tokens_charged() == run.completion_tokens + (run.prompt_tokens or 0)
    assert AuditEvent.objects.filter(action="draft.generated").count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_stream_holds_what_the_drafts_hold(run: GenerationRun) -> None:
    pipeline.execute(claimed(run), FakeEngine())
    events = streamed(run)
    assert events[0] == ("restart", {"attempt": 1})
    assert events[-1] == ("end", {"status": "SUCCEEDED"})
    text = "".join(str(data["text"]) for name, data in events if name == "delta" and data["variant"] == 1)
    assert text == run.drafts.get(variant=1).raw_text


def test_an_engine_fault_fails_the_run_with_its_code(run: GenerationRun) -> None:
    pipeline.execute(claimed(run), FakeEngine(out_of_memory_after=2))
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("FAILED", "out_of_memory")
    assert not Draft.objects.exists()


def test_settings_that_no_engine_can_follow_fail_the_run(run: GenerationRun) -> None:
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(decoding={"strategy": "sample", "temperature": -1})
    pipeline.execute(claimed(run), FakeEngine())
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("FAILED", "invalid_request")


class Cancelling(FakeEngine):
    """Somebody cancels the run while the engine is at work."""

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        run = GenerationRun.objects.get(pk=int(request.request_id))
        cancel_run(actor=run.requested_by, run=run)
        return super().generate(request, on_delta=on_delta, cancelled=cancelled)


def test_a_cancelled_run_keeps_no_drafts(run: GenerationRun) -> None:
    pipeline.execute(claimed(run), Cancelling())
    run.refresh_from_db()
    assert run.status == "CANCELLED"
    assert not Draft.objects.exists()
    assert tokens_charged() > 0, "what was written until then"


def test_a_draining_worker_gives_its_run_back(run: GenerationRun) -> None:
    pipeline.execute(claimed(run), FakeEngine(), draining=lambda: True)
    run.refresh_from_db()
    assert (run.status, run.attempt, run.lease_token) == ("QUEUED", 0, None)
    assert not Draft.objects.exists()
    assert tokens_charged() == 0


class Surprising(FakeEngine):
    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        raise RuntimeError("a bug")


def test_a_bug_in_the_engine_fails_the_run_and_says_so(run: GenerationRun) -> None:
    pipeline.execute(claimed(run), Surprising())
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("FAILED", "internal_error")


def test_it_says_once_when_the_engine_has_begun(run: GenerationRun) -> None:
    said: list[str] = []
    pipeline.execute(claimed(run), FakeEngine(), started=lambda: said.append("begun"))
    assert said == ["begun"]


class Blind(FakeEngine):
    """The network gives NaN for one run."""

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        raise InvalidLogits("The model gave NaN.")


def test_impossible_numbers_fail_that_run_alone(run: GenerationRun) -> None:
    pipeline.execute(claimed(run), Blind())
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("FAILED", "invalid_logits")


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_taken_over_meanwhile_is_the_others(run: GenerationRun) -> None:
    mine = claimed(run)
    GenerationRun.objects.filter(pk=run.pk).update(status="QUEUED", lease_token=None)
    claimed(run)
    pipeline.execute(mine, FakeEngine())
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("RUNNING", 2)
    assert not Draft.objects.exists()
    assert not TokenCounter.objects.exists()


def test_a_failed_run_costs_what_was_written(run: GenerationRun) -> None:
    pipeline.execute(claimed(run), FakeEngine(out_of_memory_after=2))
    run.refresh_from_db()
    assert tokens_charged() == run.completion_tokens == 6


class Away(FakeEngine):
    """The model server does not answer."""

    def __init__(self, error: EngineError) -> None:
        super().__init__()
        self.error = error

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        raise self.error


@pytest.mark.parametrize("error", [RemoteUnavailable("No answer."), ModelUnavailable("The key is refused.")])
def test_a_run_waits_for_a_model_that_is_away(run: GenerationRun, error: EngineError) -> None:
    said: list[str] = []
    for _ in range(5):
        pipeline.execute(claimed(run), Away(error), out_of_reach=lambda: said.append("away"))
    run.refresh_from_db()
    assert (run.status, run.attempt, run.lease_token) == ("QUEUED", 0, None)
    assert said == ["away"] * 5
    pipeline.execute(claimed(run), FakeEngine())
    run.refresh_from_db()
    assert run.status == "SUCCEEDED"


def test_a_run_that_waited_for_an_hour_fails_with_the_reason(run: GenerationRun) -> None:
    GenerationRun.objects.filter(pk=run.pk).update(queued_at=timezone.now() - timedelta(minutes=61))
    pipeline.execute(claimed(run), Away(RemoteUnavailable("No answer.")))
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("FAILED", "remote_unavailable")


@pytest.mark.django_db(transaction=True)
def test_who_claims_a_run_the_moment_it_is_given_back_pays_once(
    run: GenerationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(token_estimate=1000)
    mine = claim_fairest(run.queue)
    queue_again, others = run_endings.queue_again, list[GenerationRun]()

    def given_back_and_claimed(mine: GenerationRun, lease: Lease) -> None:
        queue_again(mine, lease)
        other = claim_fairest(run.queue)
        assert other is not None
        others.append(other)

    monkeypatch.setattr(pipeline, "queue_again", given_back_and_claimed)
    assert mine is not None
    pipeline.execute(mine, FakeEngine(), draining=lambda: True)
    assert tokens_charged() == 1000
    pipeline.execute(others[0], FakeEngine())
    run.refresh_from_db()
    assert run.status == "SUCCEEDED"
    assert tokens_charged() == (run.prompt_tokens or 0) + (run.completion_tokens or 0)


class Odd(FakeEngine):
    """Its results have something that no engine should say."""

    def __init__(self, **said: Any) -> None:
        super().__init__()
        self.said = said

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        results = super().generate(request, on_delta=on_delta, cancelled=cancelled)
        return [replace(result, **self.said) for result in results]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"mean_logprob": math.nan}, "invalid_logits"),
        ({"mean_logprob": -math.inf}, "invalid_logits"),
        ({"finish_reason": "deadline", "completion_tokens": 0, "text": ""}, "deadline"),
        ({"prompt_tokens": 2**40}, "internal_error"),
        ({"variant": 0}, "internal_error"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_kept_fails_the_run(run: GenerationRun, said: dict[str, Any], code: str) -> None:
    pipeline.execute(claimed(run), Odd(**said))
    run.refresh_from_db()
    assert (run.status, run.error_code) == ("FAILED", code)
    assert not Draft.objects.exists()


def test_a_text_that_the_deadline_cut_is_a_draft(run: GenerationRun) -> None:
    pipeline.execute(claimed(run), Odd(finish_reason="deadline"))
    run.refresh_from_db()
    assert run.status == "SUCCEEDED"
