from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class PlainJSONParser(JSONParser):
    """JSON that a database can hold: no half of a surrogate pair, no nesting without end. Raises ParseError."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            refuse_surrogates(data)
        except RecursionError:
            raise ParseError(_("This JSON is nested too deeply.")) from None
        except UnicodeEncodeError:
            raise ParseError(_("This JSON holds half of a surrogate pair, which is no character.")) from None
        return data


def refuse_surrogates(data: Any) -> None:
    """Raise UnicodeEncodeError where a string has no UTF-8 form."""
    match data:
        case str():
            data.encode()
        case list():
            for item in data:
                refuse_surrogates(item)
        case dict():
            for name, value in data.items():
                name.encode()
                refuse_surrogates(value)
