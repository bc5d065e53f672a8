from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """Keyset pages by primary key; `page_size` up to 200. No request chooses another order."""

    ordering = "-pk"
    page_size_query_param = "page_size"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Cursor | None:
        """As the parent does; NotFound for a position that no page of ours has named."""
        cursor: Cursor | None = super().decode_cursor(request)
        if cursor is not None and not str(cursor.position or 0).isdecimal():
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return (self.ordering,)
