"""Models to read, and what the engine is doing. Base models are shared: every signed-in person may see them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from aigc_portal.newest_first import page_of
from generation import engine_status
from generation.failure_reasons import model_failure
from generation.models import ModelVersion
from generation.models.languages import Language


@require_GET
def model_versions(request: HttpRequest) -> HttpResponse:
    status = engine_status.read()
    context = {
        "page": page_of(ModelVersion.objects.all(), request.GET),
        "languages": dict(Language.choices),
        "engine": status,
        "failure": model_failure(status.code) if status.state == "failed" else None,
    }
    return render(request, "generation/modelversions.html", context)


@require_GET
def model_version(request: HttpRequest, pk: int) -> HttpResponse:
    model = get_object_or_404(ModelVersion, pk=pk)
    context = {"model": model, "files": sorted(model.files.items()), "languages": dict(Language.choices)}
    return render(request, "generation/modelversion.html", context)


@require_GET
def engine_notice(request: HttpRequest) -> HttpResponse:
    """The banner as a part: it asks for itself until the model is ready, then the answer is empty."""
    return render(request, "parts/engine_notice.html")
