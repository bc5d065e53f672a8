from __future__ import annotations

from generation.models import Brief


def labelled_values(brief: Brief) -> list[tuple[str, str]]:
    """(label, value) of every variable in the prompt's order; "" where an optional one was left out."""
    return [(known["label"], brief.values.get(known["name"], "")) for known in brief.prompt_version.variables]
