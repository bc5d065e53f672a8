"""The banner about the model: what goes on, what works meanwhile, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _

from generation import engine_status
from generation.engine_status import EngineStatus, best_of
from generation.failure_reasons import model_failure
from generation.served_models import ServedModel, served_models


@dataclass(frozen=True)
class EngineNotice:
    """`happened` is bold, `remedy` says what to do or what works meanwhile."""

    level: Literal["warning", "error"]
    happened: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.happened} {self.remedy}"


def engine_notice(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `engine_notice` for signed-in people, None where there is nothing to say."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {"engine_notice": notice()}


def notice() -> EngineNotice | None:
    """Of the default model, else of the first other one that is away; None while all can write."""
    statuses = engine_status.read_all()
    default, *others = served_models()
    about_others = (notice_of_other(model, best_of(statuses, model.queue)) for model in others)
    return notice_of(best_of(statuses, default.queue)) or next(filter(None, about_others), None)


def notice_of(status: EngineStatus) -> EngineNotice | None:
    """What to tell people about the default model's engine; None while it is ready."""
    match status.state:
        case "ready":
            return None
        case "failed":
            reason = model_failure(status.code)
            happened = _("The model %(model)s did not load.") % {"model": status.model}
            return EngineNotice("error", f"{happened} {reason.happened}", str(reason.remedy))
        case "absent":
            return EngineNotice(
                "error",
                _("No worker is running that could write drafts."),
                _("Everything else works; drafts that you ask for wait until an administrator starts one."),
            )
    return EngineNotice(
        "warning",
        _("The model %(model)s is loading.") % {"model": status.model},
        _("You can work as usual; drafts that you ask for start by themselves when it is ready."),
    )


def notice_of_other(model: ServedModel, status: EngineStatus) -> EngineNotice | None:
    """What to tell people about a model beside the default one: only that it is away, not that it loads."""
    match status.state:
        case "failed":
            happened = _("The model %(model)s did not load.") % {"model": model.name}
            happened = f"{happened} {model_failure(status.code).happened}"
        case "absent":
            happened = _("No worker is running for the model %(model)s.") % {"model": model.name}
        case _:
            return None
    return EngineNotice("warning", happened, _("The default model writes; drafts that you ask of this one wait."))
