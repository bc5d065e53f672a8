"""What a reviewer typed for a decision that could not be saved: kept in the session until it is sent or given up.

One review at a time; the browser keeps a copy of its own (autosave.js). This one needs no scripts and survives a change
of the text.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from review.models import Review

SLOT = "typed_for_review"
SINGLE_FIELDS = ("correct", "corrected_text", "accuracy", "brand_fit", "language", "comment", "facts_checked")


def keep_typed(request: HttpRequest, review: Review) -> None:
    """Remember the fields that were posted, and which text they were about."""
    fields: dict[str, Any] = {name: request.POST[name] for name in SINGLE_FIELDS if request.POST.get(name)}
    fields["reasons"] = request.POST.getlist("reasons")
    request.session[SLOT] = {"review": review.pk, "sha256": request.POST.get("sha256", ""), "fields": fields}


def typed_for(request: HttpRequest, review: Review) -> tuple[dict[str, Any], bool] | None:
    """Initial values for the form, and whether they were typed on the text as it stands now.

    A tick that the facts were checked holds for the text on which it was set.
    """
    kept = request.session.get(SLOT)
    if not kept or kept["review"] != review.pk:
        return None
    same_text = kept["sha256"] == review.current_draft.sha256
    fields = dict(kept["fields"])
    if not same_text:
        fields.pop("facts_checked", None)
        if "correct" not in fields:
            fields.pop("corrected_text", None)  # the old text, which nobody changed
    return fields, same_text


def forget_typed(request: HttpRequest, review: Review) -> None:
    if request.session.get(SLOT, {}).get("review") == review.pk:
        del request.session[SLOT]
