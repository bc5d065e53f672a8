"""What the bar under the queue offers for the selected reviews."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from aigc_portal.accounts.models import Role, User
from review.forms.bulk_form import NOBODY, reviewers_of
from review.models import Priority

register = template.Library()


@register.simple_tag
def bulk_people(user: User) -> list[tuple[str, str]]:
    """(value, name) of those to whom this lead can assign; for others nobody. One query, and only for leads."""
    teams = user.teams_as(Role.LEAD)
    return [(str(person.pk), str(person)) for person in reviewers_of(teams)] if teams else []


@register.simple_tag
def bulk_nobody() -> str:
    return NOBODY


@register.simple_tag
def bulk_priorities() -> list[tuple[int, str]]:
    return [(priority.value, str(priority.label)) for priority in Priority]


@register.simple_tag
def chosen_count() -> SafeString:
    """The place of a number that only the page knows."""
    return mark_safe("<span data-chosen-count></span>")
