"""What a fault cost the runs that it met, by the rows and by the audit log."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from aigc_portal.audit.models import AuditEvent
from generation.models import GenerationRun

REQUESTED = "run.requested"


@dataclass(frozen=True)
class Toll:
    """Runs without all of their drafts, drafts beyond one a variant, and runs whose events are not their changes."""

    lost: int = 0
    doubled: int = 0
    untold: int = 0


def toll_of(runs: QuerySet[GenerationRun]) -> Toll:
    """Of runs that have ended. Each lost worker took one attempt, and none was given back."""
    lost = doubled = untold = 0
    for run in runs.prefetch_related("drafts"):
        drafts = run.drafts.all()
        lost += run.status != run.Status.SUCCEEDED or {draft.variant for draft in drafts} != set(range(run.variants))
        doubled += max(0, len(drafts) - run.variants)
        told = [action for action in events_of(run) if action != REQUESTED]
        generated = AuditEvent.objects.filter(
            action="draft.generated",
            target_type="generation.draft",
            target_id__in=[str(draft.pk) for draft in drafts],
        )
        untold += told != changes_of(run) or generated.count() != len(drafts)
    return Toll(lost, doubled, untold)


def events_of(run: GenerationRun) -> list[str]:
    """Return the actions, oldest first."""
    return list(AuditEvent.objects.about(run).order_by("pk").values_list("action", flat=True))


def changes_of(run: GenerationRun) -> list[str]:
    """What must have happened to a run that ended in its last attempt, by its row."""
    return [*["run.running", "run.queued"] * (run.attempt - 1), "run.running", f"run.{run.status.lower()}"]
