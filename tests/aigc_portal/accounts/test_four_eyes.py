from __future__ import annotations

import pytest

from aigc_portal.accounts.four_eyes import refuse_own_work
from aigc_portal.audit.models import AuditEvent
from aigc_portal.problems import Refused
from tests.cast import Cast
from tests.factories import make_brief


def test_who_contributed_is_refused_and_the_attempt_is_an_event(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    contributors = [cast.marketer.pk, cast.second_marketer.pk]
    with pytest.raises(Refused) as caught:
        refuse_own_work(
            actor=cast.marketer,
            target=brief,
            contributors=contributors,
            action="review.four_eyes_refused",
            detail="Somebody else must.",
        )
    assert (caught.value.code, caught.value.status, caught.value.detail) == ("four_eyes", 403, "Somebody else must.")
    event = AuditEvent.objects.about(brief)[0]
    assert (event.action, event.actor) == ("review.four_eyes_refused", cast.marketer)


def test_who_did_not_contribute_goes_on_and_nothing_is_recorded(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    events = AuditEvent.objects.count()
    refuse_own_work(actor=cast.reviewer, target=brief, contributors=[cast.marketer.pk], action="x", detail="")
    assert AuditEvent.objects.count() == events
