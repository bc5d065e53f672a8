"""Words for what is derived, not stored."""

from __future__ import annotations

from django import template

from generation.brief_states import BriefState
from generation.models.languages import Language

register = template.Library()


@register.filter
def brief_state_label(state: str) -> str:
    return str(BriefState(state).label)


@register.filter
def language_label(code: str) -> str:
    """The name of a language of content; an unknown code stays as it is."""
    return str(dict(Language.choices).get(code, code))
