import uuid

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from aigc_portal.idempotency.middleware import FORM_FIELD

register = template.Library()


@register.simple_tag
def idempotency_key() -> SafeString:
    """A hidden field that makes a second submit of this rendering of the form give the first one's object."""
    return format_html('<input type="hidden" name="{}" value="{}">', FORM_FIELD, uuid.uuid4().hex)
