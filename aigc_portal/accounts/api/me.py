from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.api.people import MeSerializer
from aigc_portal.api_scope import SignedIn


class Me(SignedIn):
    """Who is signed in, with the roles held in each team."""

    serializer_class = MeSerializer

    def get(self, request: Request) -> Response:
        return self.answer(self.user)
