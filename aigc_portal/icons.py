"""The tag {% icon "check" %}: a symbol of Tabler's icons beside words that say the same. Built into every template."""

from __future__ import annotations

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, css_class: str = "") -> SafeString:
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" {css_class}" if css_class else "",
        static("vendor/tabler-icons/icons.svg"),
        name,
    )
