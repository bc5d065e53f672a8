"""Whether a run that repeats another wrote the same texts, and what else differs where it did not."""

from __future__ import annotations

from dataclasses import dataclass

from generation.known_models import name_of_model
from generation.models import Draft, GenerationRun

NOT_RECORDED = "–"


@dataclass(frozen=True)
class ChangedVersion:
    """A library whose version changed; "–" where it was not recorded."""

    name: str
    before: str
    now: str


@dataclass(frozen=True)
class Repetition:
    """`differing` of `compared` texts differ; both are 0 where one of the runs has not succeeded.

    `model_names` are those of the first run and of this one.
    """

    compared: int
    differing: int
    other_weights: bool
    model_names: tuple[str, str]
    versions: list[ChangedVersion]

    @property
    def is_known(self) -> bool:
        return self.compared > 0


def repetition_of(run: GenerationRun) -> Repetition | None:
    """How the run compares with the one that it repeats; None where it repeats none. One query."""
    first = run.repeats
    if first is None:
        return None
    texts: dict[int | None, set[str]] = {}
    for variant, text in Draft.objects.filter(run__in=[first.pk, run.pk]).values_list("variant", "raw_text"):
        texts.setdefault(variant, set()).add(text)
    both = first.status == run.status == run.Status.SUCCEEDED
    return Repetition(
        compared=len(texts) if both else 0,
        differing=sum(len(found) > 1 for found in texts.values()) if both else 0,
        other_weights=first.model_id != run.model_id,
        model_names=(name_of_model(first), name_of_model(run)),
        versions=changed_versions(first.versions, run.versions),
    )


def changed_versions(before: dict[str, str], now: dict[str, str]) -> list[ChangedVersion]:
    names = sorted(before.keys() | now.keys())
    pairs = [(name, before.get(name, NOT_RECORDED), now.get(name, NOT_RECORDED)) for name in names]
    return [ChangedVersion(*pair) for pair in pairs if pair[1] != pair[2]]
