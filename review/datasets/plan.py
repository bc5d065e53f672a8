"""From decisions to rows, without their texts.

Approved as is     completion · true · chosen, against each rejected text for the same prompt
Corrected          the correction: completion · true · chosen, as above and against the original; the original: false
Rejected           false · rejected, against each approved text for the same prompt
Changes requested  rejected, against each approved text that was made from it; nothing else

"The same prompt" is the same chat messages of the same brief: those of the run at the root of a draft's ancestry.
A decision is on the text that was under review last: the submitted one, or the newest correction of it by a reviewer,
whoever approved or refused that. The original of a correction is the submitted text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, TextField
from django.db.models.functions import MD5, Cast

from generation.models import Draft, GenerationRun
from review.datasets.models import DatasetType
from review.datasets.selection import Selection
from review.models import ReviewStatus


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """`draft_ids` is (completion,) or (chosen, rejected); the prompt is the messages of `run_id`."""

    review_ids: tuple[int, ...]
    brief_id: int
    language: str
    decision: str
    run_id: int
    draft_ids: tuple[int, ...]
    label: bool | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decided review, without texts: of the text that was submitted, on the text that was decided on."""

    review_id: int
    brief_id: int
    language: str
    status: str
    submitted_id: int
    decided_id: int

    @property
    def approved(self) -> bool:
        return self.status == ReviewStatus.APPROVED

    @property
    def corrected(self) -> bool:
        return self.approved and self.decided_id != self.submitted_id

    def row(self, run_id: int, draft_id: int, label: bool | None = None) -> PlannedRow:
        name = "corrected" if self.corrected else self.status.lower()
        return PlannedRow((self.review_id,), self.brief_id, self.language, name, run_id, (draft_id,), label)


@dataclass(frozen=True, slots=True)
class Ancestry:
    """Parents, root runs and text hashes of all drafts of the selected briefs; `prompts` tells equal messages."""

    parents: dict[int, int | None]
    runs: dict[int, int | None]
    texts: dict[int, str]
    prompts: dict[int, str]

    def line(self, draft_id: int) -> Iterator[int]:
        """The draft, its parent, and so on up to the model's draft."""
        current: int | None = draft_id
        while current is not None:
            yield current
            current = self.parents[current]

    def root_run(self, draft_id: int) -> int:
        *_rest, root = self.line(draft_id)
        run_id = self.runs[root]
        if run_id is None:
            raise LookupError(f"draft {root} has neither a parent nor a run")
        return run_id


def plan_rows(type: str, selection: Selection, *, final: bool = False) -> list[PlannedRow]:
    """The rows of an export in their order: by review id. The count of queries does not depend on the rows.

    With `final` only of decisions that nobody can take back any more.
    """
    reviews = selection.final_reviews() if final else selection.reviews()
    decisions = [Decision(*values) for values in reviews.values_list(*FIELDS)]
    ancestry = ancestry_of({decision.brief_id for decision in decisions})
    rows = PLANNERS[DatasetType(type)](decisions, ancestry)
    return sorted(rows, key=lambda row: (row.review_ids, row.label is False))


FIELDS = ("pk", "draft__brief_id", "draft__brief__language", "status", "draft_id", "current_draft_id")


def ancestry_of(briefs: set[int]) -> Ancestry:
    drafts = list(Draft.objects.filter(brief__in=briefs).values_list("pk", "parent_id", "run_id", "sha256"))
    runs = GenerationRun.objects.filter(brief__in=briefs)
    keys = runs.values_list("pk", MD5(Cast(F("messages"), TextField())))
    return Ancestry(
        parents={pk: parent for pk, parent, _run, _text in drafts},
        runs={pk: run for pk, _parent, run, _text in drafts},
        texts={pk: text for pk, _parent, _run, text in drafts},
        prompts=dict(keys),
    )


def prompt_completion(decisions: list[Decision], ancestry: Ancestry) -> Iterator[PlannedRow]:
    for decision in decisions:
        if decision.approved:
            yield decision.row(ancestry.root_run(decision.decided_id), decision.decided_id)


def unpaired_preference(decisions: list[Decision], ancestry: Ancestry) -> Iterator[PlannedRow]:
    for decision in decisions:
        run_id = ancestry.root_run(decision.submitted_id)
        if decision.approved:
            yield decision.row(run_id, decision.decided_id, True)
        if decision.corrected:
            yield decision.row(run_id, decision.submitted_id, False)
        if decision.status == ReviewStatus.REJECTED:
            yield decision.row(run_id, decision.decided_id, False)


def preference(decisions: list[Decision], ancestry: Ancestry) -> Iterator[PlannedRow]:
    rejected: dict[tuple[int, str], list[Decision]] = defaultdict(list)
    returned: dict[int, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.status == ReviewStatus.REJECTED:
            key = ancestry.prompts[ancestry.root_run(decision.decided_id)]
            rejected[decision.brief_id, key].append(decision)
        elif decision.status == ReviewStatus.CHANGES_REQUESTED:
            for text in {decision.submitted_id, decision.decided_id}:
                returned[text].append(decision)
    for winner in decisions:
        if not winner.approved:
            continue
        run_id = ancestry.root_run(winner.decided_id)
        losers = [(loser, loser.decided_id) for loser in rejected[winner.brief_id, ancestry.prompts[run_id]]]
        losers += made_better(ancestry.line(winner.decided_id), returned)
        if winner.corrected:
            losers.append((winner, winner.submitted_id))
        for loser, text in losers:
            if ancestry.texts[winner.decided_id] != ancestry.texts[text]:
                yield pair(winner, loser, text, run_id)


def made_better(line: Iterator[int], returned: dict[int, list[Decision]]) -> list[tuple[Decision, int]]:
    """What was sent back on the way to a text, each decision once: with the newest of its texts in the line."""
    found: dict[int, tuple[Decision, int]] = {}
    for text in line:
        for decision in returned.get(text, ()):
            found.setdefault(decision.review_id, (decision, text))
    return list(found.values())


def pair(winner: Decision, loser: Decision, rejected: int, run_id: int) -> PlannedRow:
    itself = loser.review_id == winner.review_id
    return PlannedRow(
        review_ids=(winner.review_id,) if itself else (winner.review_id, loser.review_id),
        brief_id=winner.brief_id,
        language=winner.language,
        decision="corrected" if itself else loser.status.lower(),
        run_id=run_id,
        draft_ids=(winner.decided_id, rejected),
    )


PLANNERS = {
    DatasetType.PROMPT_COMPLETION: prompt_completion,
    DatasetType.PREFERENCE: preference,
    DatasetType.UNPAIRED_PREFERENCE: unpaired_preference,
}
