"""What a reviewer said about a draft, as text that the author may change before a model reads it."""

from __future__ import annotations

from generation.draft_cards import DraftCard


def feedback_on(card: DraftCard) -> str:
    """The reasons in the language of the content, a line each, then the comment; "" where nothing was said."""
    feedback = getattr(card.review, "feedback", None)
    if feedback is None:
        return ""
    chinese = card.draft.language == "zh"
    reasons = [reason.label_zh if chinese else reason.label_en for reason in feedback.reasons.all()]
    return "\n".join([f"- {reason}" for reason in reasons] + ([feedback.comment] if feedback.comment else []))
