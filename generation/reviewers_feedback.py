"""What reviewers said about a draft, as text that the author may change before a model reads it."""

from __future__ import annotations

from generation.draft_cards import DraftCard


def feedback_on(card: DraftCard) -> str:
    """The reasons in the language of the content, a line each, then the comments, and last what was said of passages;
    "" where nothing was said."""
    remarks = card.remarks
    if remarks is None:
        return ""
    chinese = card.draft.language == "zh"
    feedback = [remark.said for remark in reversed(remarks.verdicts)]
    reasons = [reason.label_zh if chinese else reason.label_en for one in feedback for reason in one.reasons.all()]
    mark = "“%s”：%s" if chinese else "“%s”: %s"
    lines = [f"- {reason}" for reason in dict.fromkeys(reasons)]
    lines += [one.comment for one in feedback if one.comment]
    lines += [mark % (remark.said.quote, remark.said.text) for remark in remarks.passages]
    return "\n".join(lines)
