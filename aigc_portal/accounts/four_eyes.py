"""Four eyes: nobody passes what they made themselves. One rule for every kind of thing that needs a second person."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models, transaction

from aigc_portal.accounts.models import User
from aigc_portal.audit.events import record
from aigc_portal.problems import Refused


def refuse_own_work(
    *, actor: User, target: models.Model, contributors: Collection[int], action: str, detail: str
) -> None:
    """Raise Refused (403) with `detail` where the actor's id is among the contributors of `target`.

    The attempt is an event, `action`, in a transaction of its own: call this before one begins, so that the refusal
    does not take the event away with it.
    """
    if actor.pk not in contributors:
        return
    with transaction.atomic():
        record(action, target, actor=actor)
    raise Refused("four_eyes", detail, 403)
