"""Asking for data sets: export, cancel, retry, download."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.events import record
from aigc_portal.audit.transitions import transition
from aigc_portal.jobs.doorbell import ring_after_commit
from aigc_portal.problems import Refused
from review.datasets.models import DatasetExport
from review.datasets.prospect import may_give_rows
from review.datasets.selection import Selection


@transaction.atomic
def create_export(*, actor: User, type: str, selection: Selection) -> DatasetExport:
    """Queue an export. Raises Refused("nothing_to_export") where no decision in the selection can give a row."""
    require_role(actor, selection.team_id, Role.ENGINEER)
    if not may_give_rows(type, selection):
        detail = _("No decision in this selection gives a row of this type. Choose a longer period or fewer filters.")
        raise Refused("nothing_to_export", detail, 400)
    return _queue(actor, type, selection)


@transaction.atomic
def retry_export(*, actor: User, export: DatasetExport) -> DatasetExport:
    """Queue the same selection again, after an export that failed or was cancelled."""
    require_role(actor, export.team_id, Role.ENGINEER)
    if export.status not in (export.Status.FAILED, export.Status.CANCELLED):
        raise Refused("export_not_retryable", _("Only a failed or cancelled export can be started again."))
    return _queue(actor, export.type, Selection.of(export), retry_of=export.pk)


@transaction.atomic
def cancel_export(*, actor: User, export: DatasetExport) -> None:
    """Stop a queued or running export. StaleState where it has ended already."""
    require_role(actor, export.team_id, Role.ENGINEER)
    transition(export, export.Status.CANCELLED, actor=actor, finished_at=Now(), lease_until=None)


@transaction.atomic
def record_download(*, actor: User, export: DatasetExport, name: str) -> None:
    """Who takes which file of a finished export away (see downloads.py, which checks)."""
    record("dataset.downloaded", export, actor=actor, file=name, digest=export.digest)


def _queue(actor: User, type: str, selection: Selection, **data: Any) -> DatasetExport:
    export = DatasetExport.objects.create(
        team_id=selection.team_id, type=type, filters=selection.filters(), requested_by=actor
    )
    after = {"status": export.Status.QUEUED, "type": type, "filters": export.filters}
    record("dataset.requested", export, actor=actor, after=after, **data)
    ring_after_commit(export)
    return export
