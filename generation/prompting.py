"""From a prompt version and a brief's values to chat messages. A value is data: it cannot end its own block."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

PLACE = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
BLOCK_END = re.compile(r'"{3,}')
LONGEST_FEEDBACK = 6000
LONGEST_NUMBER = 30
LONGEST = {"text": 300, "long_text": 4000}
# In the language of the text, not of the interface: the model reads it.
REWRITE = {
    "en": (
        'A reviewer read this text and wants it changed. The feedback:\n"""\n{{ feedback }}\n"""\n\n'
        "Write the whole text again so that it meets the feedback. Keep to the facts in the brief and to its form, "
        "and answer with the finished text alone."
    ),
    "zh": (
        '审核员看过这篇文稿，要求修改。意见如下：\n"""\n{{ feedback }}\n"""\n\n'
        "请按照意见重写全文，仍然只使用需求中的事实，保持原来的体裁，只输出成稿本身。"
    ),
}


def clean_values(variables: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, str]:
    """The brief's values, stripped and checked against the prompt's variables.

    Raises ValidationError with one list of messages a variable.
    """
    errors: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    known = {str(variable["name"]) for variable in variables}
    for name in given:
        if name not in known:
            errors[str(name)[:60]] = [_("This prompt has no such variable.")]
    for variable in variables:
        name = variable["name"]
        try:
            values[name] = clean_value(variable, given.get(name, ""))
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return values


def clean_value(variable: Mapping[str, Any], given: Any) -> str:
    """One value as text; "" where an optional one is missing. Raises ValidationError."""
    if not isinstance(given, str | int | float):
        raise ValidationError(_("This must be text or a number."))
    value = str(given).replace("\r\n", "\n").replace("\x00", "").strip()
    if not value:
        if variable.get("required"):
            raise ValidationError(_("This field is required."))
        return ""
    match variable["type"]:
        case "number":
            check_number(variable, value)
        case "choice":
            if value not in variable["choices"]:
                raise ValidationError(_("Choose one of: %(choices)s.") % {"choices": ", ".join(variable["choices"])})
        case kind:
            limit = int(variable.get("max_length", LONGEST[kind]))
            if len(value) > limit:
                raise ValidationError(
                    _("At most %(limit)s characters; this has %(length)s.") % {"limit": limit, "length": len(value)}
                )
    return value


def check_number(variable: Mapping[str, Any], value: str) -> None:
    if len(value) > LONGEST_NUMBER:
        raise ValidationError(_("Enter a number."))
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValidationError(_("Enter a number.")) from None
    least, most = variable.get("minimum"), variable.get("maximum")
    if not number.is_finite() or (least is not None and number < least) or (most is not None and number > most):
        raise ValidationError(_("Enter a number from %(least)s to %(most)s.") % {"least": least, "most": most})


def render_messages(system: str, template: str, values: Mapping[str, str]) -> list[dict[str, str]]:
    """The chat messages of a run: [{"role", "content"}, …].

    Lines of the template whose places are all empty are left out.
    """
    return [
        {"role": "system", "content": fill(system, values)},
        {"role": "user", "content": fill(template, values)},
    ]


def rewrite_messages(text: str, feedback: str, language: str) -> list[dict[str, str]]:
    """The turns that follow a brief's messages and ask for `text` anew, with the feedback as data."""
    return [
        {"role": "assistant", "content": text},
        {"role": "user", "content": fill(REWRITE.get(language, REWRITE["en"]), {"feedback": feedback})},
    ]


def fill(template: str, values: Mapping[str, str]) -> str:
    lines = []
    for line in template.splitlines():
        names = PLACE.findall(line)
        if names and not any(values.get(name) for name in names):
            continue
        lines.append(PLACE.sub(lambda place: as_data(values.get(place[1], "")), line))
    return "\n".join(lines)


def as_data(value: str) -> str:
    """The value without the quotes that end its block, so that it cannot speak outside it."""
    return BLOCK_END.sub("″", value)
