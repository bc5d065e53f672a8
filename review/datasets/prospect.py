"""Whether a selection can give rows at all, asked cheaply: the database stops at the first decision that fits."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q

from review.datasets.models import DatasetType
from review.datasets.selection import Selection
from review.models import ReviewStatus


def may_give_rows(type: str, selection: Selection) -> bool:
    """False where an export would certainly be empty.

    Exact but for preference: there a brief with an approved and a refused text counts, whether or not they pair.
    """
    reviews = selection.reviews()
    approved = reviews.filter(status=ReviewStatus.APPROVED)
    match DatasetType(type):
        case DatasetType.PROMPT_COMPLETION:
            return approved.exists()
        case DatasetType.UNPAIRED_PREFERENCE:
            return reviews.filter(status__in=(ReviewStatus.APPROVED, ReviewStatus.REJECTED)).exists()
        case DatasetType.PREFERENCE:
            refused = reviews.exclude(status=ReviewStatus.APPROVED).filter(draft__brief=OuterRef("draft__brief"))
            return approved.filter(~Q(approved_draft=F("draft")) | Exists(refused)).exists()
