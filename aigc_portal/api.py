"""`/api/v1/`: the loop for programs."""

from __future__ import annotations

from typing import Any

from django.urls import include, path, re_path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Every other address under /api/: a problem in JSON, not a page."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound(_("There is no such address. They begin with /api/v1/ and end with a slash: see /api/v1/docs/."))


v1: list[Any] = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(template_name="api_docs.html", url_name="api-schema"),
        name="api-docs",
    ),
    path("", include("aigc_portal.accounts.api.urls")),
    path("", include("aigc_portal.notices.api.urls")),
    path("", include("aigc_portal.audit.api.urls")),
    path("", include("generation.api.urls")),
    path("", include("review.api.urls")),
]

urlpatterns = [
    path("v1/", include(v1)),
    re_path("", Nowhere.as_view()),
]
