"""What a reviewer judges a draft by: the brief, how the text came about, its siblings, and what was said earlier."""

from __future__ import annotations

from functools import cached_property

from django.db.models import Prefetch

from generation.brief_values import labelled_values
from generation.models import Brief, Draft, GenerationRun
from generation.text_diff import Piece, diff_pieces
from review.models import DECIDED, Review


class Subject:
    """The surroundings of one review's draft, in a constant number of queries.

    `draft` is what was submitted, `text` what is under review now: the same, or a reviewer's correction of it.
    """

    def __init__(self, review: Review) -> None:
        self.review = review
        self.draft = review.draft
        self.text: Draft = review.current_draft
        self.brief: Brief = review.draft.brief

    @property
    def values(self) -> list[tuple[str, str]]:
        """(label, value) of the brief's filled variables, in the prompt's order and words."""
        return [(label, value) for label, value in labelled_values(self.brief) if value]

    @property
    def length(self) -> int:
        """Characters without spaces in Chinese, words in English."""
        words = self.text.text.split()
        return sum(map(len, words)) if self.text.language == "zh" else len(words)

    @property
    def corrected(self) -> bool:
        return self.text.pk != self.draft.pk

    @cached_property
    def corrections(self) -> list[Piece]:
        """What reviewers have changed in the submitted text so far."""
        return diff_pieces(self.draft.text, self.text.text) if self.corrected else []

    @cached_property
    def _places(self) -> dict[int, tuple[int | None, int | None]]:
        """Parent and run of every draft of the brief."""
        rows = Draft.objects.filter(brief_id=self.brief.pk).values_list("pk", "parent_id", "run_id")
        return {pk: (parent, run) for pk, parent, run in rows}

    @cached_property
    def _ancestor_ids(self) -> list[int]:
        """Parent first, the model's draft last."""
        ancestors = []
        parent = self.draft.parent_id
        while parent is not None:
            ancestors.append(parent)
            parent = self._places[parent][0]
        return ancestors

    @cached_property
    def _run_id(self) -> int | None:
        root = self._ancestor_ids[-1] if self._ancestor_ids else self.draft.pk
        return self._places[root][1]

    @cached_property
    def _relatives(self) -> dict[int, Draft]:
        """Ancestors and the other variants of the run."""
        variants = [pk for pk, (_, run) in self._places.items() if run is not None and run == self._run_id]
        wanted = {*self._ancestor_ids, *variants} - {self.draft.pk}
        drafts = Draft.objects.filter(pk__in=wanted).select_related("author").order_by("variant", "pk")
        reviews = Prefetch("reviews", Review.objects.order_by("pk"))
        return {draft.pk: draft for draft in drafts.prefetch_related(reviews)}

    @cached_property
    def run(self) -> GenerationRun | None:
        """The run that the text goes back to."""
        if self.draft.run is not None:
            return self.draft.run
        if self._run_id is None:
            return None
        return GenerationRun.objects.select_related("model").get(pk=self._run_id)

    @property
    def ancestors(self) -> list[Draft]:
        return [self._relatives[pk] for pk in self._ancestor_ids]

    @property
    def siblings(self) -> list[Draft]:
        """The other variants of the run, without those that this text was made from."""
        return [draft for pk, draft in self._relatives.items() if pk not in self._ancestor_ids]

    @cached_property
    def earlier(self) -> list[Review]:
        """Decisions on what this text was made from, newest first."""
        if not self._ancestor_ids:
            return []
        decided = Review.objects.with_subject().filter(draft__in=self._ancestor_ids, status__in=DECIDED)
        return list(decided.order_by("-pk"))

    @cached_property
    def edits(self) -> list[Piece]:
        """What changed since the last decision, or else since the model's draft."""
        if not self._ancestor_ids:
            return []
        before = self.earlier[0].draft if self.earlier else self.ancestors[-1]
        return diff_pieces(before.text, self.draft.text)
