"""Views of what belongs to teams: the API sees and refuses exactly what the pages do."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from aigc_portal.accounts.access import get_visible, signed_in
from aigc_portal.accounts.models import User
from aigc_portal.accounts.team_owned import TeamQuerySet
from aigc_portal.api_input import Input, NoInput, asked
from aigc_portal.api_pagination import NewestFirst

PAGING = (NewestFirst.cursor_query_param, NewestFirst.page_size_query_param)


class SignedIn(GenericAPIView[Any]):
    """A view that knows its user."""

    @property
    def user(self) -> User:
        return signed_in(cast(Any, self.request))

    def answer(self, obj: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """The object as this view shows it."""
        return Response(self.get_serializer(obj).data, status=status, headers=headers)


class Listed(SignedIn, GenericViewSet[Any]):
    """List and retrieve. A subclass gives `queryset`, `serializer_class` (all read-only) and its list's filters."""

    filter_class: type[Input] = NoInput

    def visible(self) -> QuerySet[Any]:
        """What the user may see."""
        return self.get_queryset()

    def get_object(self) -> Any:
        return get_object_or_404(self.visible(), pk=self.kwargs["pk"])

    def list(self, request: Request) -> Response:
        filters = asked(self.filter_class, request, *PAGING)
        page = self.paginate_queryset(self.visible().filter(**filters))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        return self.answer(self.get_object())

    def current(self, obj: Model) -> Any:
        """The object as it stands now, for a refusal because of it."""
        return self.get_serializer(self.visible().get(pk=obj.pk)).data


class TeamScoped(Listed):
    """What the user's teams own, by a TeamQuerySet: 404 for everything else."""

    def visible(self) -> QuerySet[Any]:
        return cast("TeamQuerySet[Any]", self.get_queryset()).visible_to(self.user)

    def get_object(self) -> Any:
        return get_visible(cast("TeamQuerySet[Any]", self.get_queryset()), self.user, self.kwargs["pk"])


def location(name: str, obj: Model) -> dict[str, str]:
    """The header that says where a new object is."""
    return {"Location": reverse(name, args=[obj.pk])}
