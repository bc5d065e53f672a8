"""Models to read, and what the engine is doing. Base models are shared: every signed-in person may see them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from aigc_portal.accounts.access import signed_in
from aigc_portal.accounts.models import Role
from aigc_portal.newest_first import page_of
from generation import engine_status
from generation.engine_status import EngineStatus
from generation.failure_reasons import FailureReason, model_failure
from generation.models import ModelVersion
from generation.models.languages import Language
from generation.served_models import served_models


@dataclass(frozen=True)
class ShownEngine:
    """A served model and the best of its workers."""

    model: str
    status: EngineStatus
    failure: FailureReason | None


@require_GET
def model_versions(request: HttpRequest) -> HttpResponse:
    context = {
        "page": page_of(ModelVersion.objects.all(), request.GET),
        "languages": dict(Language.choices),
        "engines": shown_engines(),
        "sees_workers": bool(signed_in(request).teams_as(Role.ADMIN, Role.ENGINEER)),
    }
    return render(request, "generation/modelversions.html", context)


def shown_engines() -> list[ShownEngine]:
    statuses = engine_status.read_all()
    best = [(model.name, engine_status.best_of(statuses, model.queue)) for model in served_models()]
    return [
        ShownEngine(name, status, model_failure(status.code) if status.state == "failed" else None)
        for name, status in best
    ]


@require_GET
def model_version(request: HttpRequest, pk: int) -> HttpResponse:
    model = get_object_or_404(ModelVersion, pk=pk)
    context = {"model": model, "files": sorted(model.files.items()), "languages": dict(Language.choices)}
    return render(request, "generation/modelversion.html", context)


@require_GET
def engine_notice(request: HttpRequest) -> HttpResponse:
    """The banner as a part: it asks for itself until the model is ready, then the answer is empty."""
    return render(request, "parts/engine_notice.html")
