from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from aigc_portal.audit.context import Origin, current_origin
from aigc_portal.audit.events import EventOutsideTransaction, record
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState, transition
from generation.models import GenerationRun
from tests.cast import Cast, make_user
from tests.factories import make_brief, make_run


@pytest.fixture
def run(cast: Cast) -> GenerationRun:
    return make_run(make_brief(cast.marketer, cast.team), status="QUEUED")


def test_a_step_changes_the_row_and_writes_one_event(cast: Cast, run: GenerationRun) -> None:
    before = AuditEvent.objects.count()
    transition(run, "CANCELLED", actor=cast.marketer, attempt=F("attempt") + 1, data={"why": "typo"})
    assert (run.status, run.attempt) == ("CANCELLED", 1)
    assert AuditEvent.objects.count() == before + 1
    event = AuditEvent.objects.about(run)[0]
    assert (event.action, event.actor, event.actor_name) == ("run.cancelled", cast.marketer, "Marketer")
    assert event.team == cast.team
    assert event.data == {"before": {"status": "QUEUED"}, "after": {"status": "CANCELLED"}, "why": "typo"}


def test_a_step_costs_one_update_and_one_event(cast: Cast, run: GenerationRun) -> None:
    """The row is read back by the update, and what was read of other rows stays."""
    brief = run.brief
    GenerationRun.objects.update(attempt=7)
    with CaptureQueriesContext(connection) as made:
        transition(run, "CANCELLED", actor=cast.marketer, finished_at=Now())
        assert run.brief is brief
        assert run.attempt == 7
        assert run.finished_at is not None
    assert [query["sql"].split()[0] for query in made] == ["UPDATE", "INSERT"]


def test_a_refused_step_leaves_the_callers_transaction_usable(cast: Cast, run: GenerationRun) -> None:
    with transaction.atomic():
        with pytest.raises(StaleState):
            transition(run, "SUCCEEDED", actor=None)
        transition(run, "CANCELLED", actor=cast.marketer)
    assert GenerationRun.objects.get(pk=run.pk).status == "CANCELLED"


def test_the_slower_of_two_gets_stale_state_and_writes_nothing(cast: Cast, run: GenerationRun) -> None:
    late = GenerationRun.objects.get(pk=run.pk)
    transition(run, "CANCELLED", actor=cast.marketer)
    events = AuditEvent.objects.count()
    with pytest.raises(StaleState) as caught:
        transition(late, "RUNNING", actor=None)
    assert late.status == "CANCELLED", "the error carries the row as it is now"
    assert caught.value.obj is late
    assert AuditEvent.objects.count() == events


def test_a_step_that_the_table_does_not_know_is_refused(cast: Cast, run: GenerationRun) -> None:
    with pytest.raises(StaleState):
        transition(run, "SUCCEEDED", actor=None)
    assert GenerationRun.objects.get(pk=run.pk).status == "QUEUED"


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_a_transaction(cast: Cast) -> None:
    with pytest.raises(EventOutsideTransaction):
        record("team.looked_at", cast.team, actor=None, team_id=cast.team.pk)


def test_the_origin_of_the_request_is_kept(cast: Cast) -> None:
    token = current_origin.set(Origin(request_id="abcdef012345", ip="192.0.2.7", user_agent="curl"))
    event = record("team.looked_at", cast.team, actor=cast.admin, team_id=cast.team.pk)
    current_origin.reset(token)
    assert (event.request_id, event.ip, event.user_agent) == ("abcdef012345", "192.0.2.7", "curl")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_auditevent SET action = ''", "DELETE FROM audit_auditevent", "TRUNCATE audit_auditevent"],
)
def test_postgresql_refuses_to_change_events(cast: Cast, statement: str) -> None:
    record("team.looked_at", cast.team, actor=None, team_id=cast.team.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="from audit_auditevent table"), transaction.atomic():
            cursor.execute(statement)
    assert AuditEvent.objects.filter(action="team.looked_at").count() == 1


def test_the_name_of_the_actor_is_kept_as_it_was(cast: Cast) -> None:
    person = make_user("before", cast.team)
    event = record("team.looked_at", cast.team, actor=person, team_id=cast.team.pk)
    person.name = "After"
    person.save(update_fields=["name"])
    event.refresh_from_db()
    assert event.actor_name == "Before"
