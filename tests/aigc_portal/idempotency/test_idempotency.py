from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from aigc_portal.accounts.models import ApiToken
from aigc_portal.audit.models import AuditEvent
from aigc_portal.idempotency.middleware import AnsweredBefore, IdempotencyMiddleware, take_key
from aigc_portal.idempotency.models import KeptAnswer
from generation.models import Brief
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_prompt


def brief(cast: Cast, title: str = "Spring") -> dict[str, Any]:
    values = {"topic": "Tea", "facts": "Green", "tone": "friendly"}
    return {"prompt": make_prompt(cast.team).prompt_id, "title": title, "values": values}


def test_a_repeat_gets_the_same_answer_and_makes_nothing(cast: Cast) -> None:
    caller = Api(cast.marketer)
    first = caller.post("briefs/", brief(cast), Idempotency_Key="one")
    second = caller.post("briefs/", brief(cast), Idempotency_Key="one")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first["Location"] == second["Location"]
    assert first["Content-Type"] == second["Content-Type"]
    assert Brief.objects.count() == 1


def test_without_a_key_everything_happens_again(cast: Cast) -> None:
    caller = Api(cast.marketer)
    assert caller.post("briefs/", brief(cast)).json()["id"] != caller.post("briefs/", brief(cast)).json()["id"]


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_object(cast: Cast) -> None:
    body, caller = brief(cast), Api(cast.marketer)
    together = Barrier(20)

    def post() -> tuple[int, bytes]:
        try:
            together.wait(10)
            answer = caller.post("briefs/", body, Idempotency_Key="together")
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = {future.result(20) for future in [pool.submit(post) for _ in range(20)]}
    assert {status for status, _ in answers} == {201}
    assert len(answers) == 1
    assert Brief.objects.count() == 1
    assert AuditEvent.objects.filter(action="brief.created").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["api", "form"])
def test_a_repeat_does_not_wait_for_ever(cast: Cast, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_portal.idempotency.middleware.WAIT", "100ms")
    taken, seen = Event(), Event()

    def work() -> None:
        try:
            with transaction.atomic():
                take_key(f"user:{cast.marketer.pk}", "slow", "")
                taken.set()
                seen.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(work)
        taken.wait(10)
        if kind == "api":
            answer = Api(cast.marketer).post("briefs/", brief(cast), Idempotency_Key="slow")
            assert answer.json()["code"] == "still_working"
        else:
            answer = send_form(cast, b"idempotency_key=slow&text=hello")
            assert "still being worked on" in answer.content.decode()
        seen.set()
        slow.result(10)
    assert answer.status_code == 409
    assert answer["Retry-After"] == "2"
    assert not Brief.objects.exists()


def test_only_the_key_is_taken_in_haste(cast: Cast) -> None:
    """What the view itself waits for is not cut off."""

    def timeout() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            return str(cursor.fetchone()[0])

    before = timeout()
    take_key("user:1", "one", "")
    with pytest.raises(AnsweredBefore):
        take_key("user:1", "one", "")
    assert timeout() == before


def test_the_same_key_for_something_else_is_refused(cast: Cast) -> None:
    caller = Api(cast.marketer)
    caller.post("briefs/", brief(cast), Idempotency_Key="one")
    for answer in (
        caller.post("briefs/", brief(cast, "Autumn"), Idempotency_Key="one"),
        caller.post(f"briefs/{Brief.objects.get().pk}/runs/", brief(cast), Idempotency_Key="one"),
    ):
        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "idempotency_key_reused"
    assert Brief.objects.count() == 1


def test_a_refusal_is_not_kept(cast: Cast) -> None:
    caller = Api(cast.marketer)
    assert caller.post("briefs/", brief(cast) | {"values": {}}, Idempotency_Key="one").status_code == 400
    assert caller.post("briefs/", brief(cast), Idempotency_Key="one").status_code == 201


def test_the_event_of_a_refusal_is_kept(cast: Cast) -> None:
    """A refusal undoes its answer, never what the auditor must see."""
    draft = make_draft(make_brief(cast.marketer, cast.team))
    answer = Api(cast.reviewer).post(f"drafts/{draft.pk}/edits/", {"text": "x"}, Idempotency_Key="one")
    assert answer.status_code == 403
    assert not KeptAnswer.objects.exists()


def test_people_do_not_collide(cast: Cast) -> None:
    mine = Api(cast.marketer).post("briefs/", brief(cast), Idempotency_Key="one").json()
    other = Api(cast.second_marketer).post("briefs/", brief(cast), Idempotency_Key="one").json()
    assert mine["id"] != other["id"]


def test_one_person_has_the_same_keys_with_token_and_session(cast: Cast) -> None:
    by_token = Api(cast.marketer).post("briefs/", brief(cast), Idempotency_Key="one").json()
    by_session = cast.client("marketer").post(
        "/api/v1/briefs/", json.dumps(brief(cast)), "application/json", headers={"Idempotency-Key": "one"}
    )
    assert by_session.json() == by_token


def test_a_revoked_token_gets_no_kept_answer(cast: Cast) -> None:
    caller = Api(cast.marketer)
    caller.post("briefs/", brief(cast), Idempotency_Key="one")
    ApiToken.objects.all().delete()
    assert caller.post("briefs/", brief(cast), Idempotency_Key="one").status_code == 401


def test_nobody_keeps_answers(cast: Cast) -> None:
    Api(None).post("briefs/", brief(cast), Idempotency_Key="one")
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("key", ["x" * 101, "a\tb", "a\x00b"])
def test_a_key_that_makes_no_sense_is_refused(cast: Cast, key: str) -> None:
    answer = Api(cast.marketer).post("briefs/", brief(cast), Idempotency_Key=key)
    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency_key_invalid"


def test_an_error_of_ours_is_undone_and_can_be_repeated(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    caller = Api(cast.marketer)
    with monkeypatch.context() as patched:
        patched.setattr("generation.api.briefs.create_brief", broken)
        answer = caller.post("briefs/", brief(cast), Idempotency_Key="one")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert caller.post("briefs/", brief(cast), Idempotency_Key="one").status_code == 201


def send_form(cast: Cast, content: bytes, content_type: str = "application/x-www-form-urlencoded") -> HttpResponse:
    """Through the middleware to a view that answers with the form's field `text`."""
    request = RequestFactory().generic("POST", "/form/", content, content_type)
    request.user = cast.marketer
    return IdempotencyMiddleware(lambda request: HttpResponse(request.POST["text"]))(request)


def test_a_double_click_on_a_form_gets_the_first_answer(cast: Cast) -> None:
    first, second = (send_form(cast, b"idempotency_key=form&text=hello") for _ in range(2))
    assert first.content == second.content == b"hello"
    assert KeptAnswer.objects.count() == 1


def test_a_form_that_was_sent_before_with_other_content_is_a_page(cast: Cast) -> None:
    send_form(cast, b"idempotency_key=form&text=hello")
    again = send_form(cast, b"idempotency_key=form&text=good+bye")
    assert again.status_code == 409
    assert again["Content-Type"].startswith("text/html")


def test_a_form_with_files_has_a_key_too(cast: Cast) -> None:
    """Its fields can only be read after its body."""
    part = "--b\r\nContent-Disposition: form-data; name={}\r\n\r\n{}\r\n"
    content = part.format("idempotency_key", "form") + part.format("text", "hello") + "--b--\r\n"
    answer = send_form(cast, content.encode(), "multipart/form-data; boundary=b")
    assert answer.content == b"hello"
    assert KeptAnswer.objects.filter(key="form").exists()


def test_a_download_is_not_kept(cast: Cast) -> None:
    request = RequestFactory().post("/download/", headers={"Idempotency-Key": "one"})
    request.user = cast.marketer
    IdempotencyMiddleware(lambda _: StreamingHttpResponse(iter([b"rows"])))(request)  # type: ignore[arg-type, return-value]
    assert not KeptAnswer.objects.exists()
