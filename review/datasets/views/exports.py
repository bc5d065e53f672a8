"""Data sets: the list, a new one, one of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from aigc_portal.accounts.access import get_visible, require_any_role, signed_in
from aigc_portal.accounts.models import Role
from aigc_portal.newest_first import page_of
from aigc_portal.problems import Refused
from review.datasets import progress
from review.datasets.actions import cancel_export, create_export, retry_export
from review.datasets.forms import ExportForm
from review.datasets.models import DatasetExport
from review.datasets.preview import first_rows, forecast, tallies
from review.datasets.shown_filters import describe
from review.models import Review

SHOWN_REVIEWS = 20


@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    page = page_of(DatasetExport.objects.visible_to(user).newest_first().defer("manifest"), request.GET)
    describe(page.rows)
    context = {
        "page": page,
        "exports_here": bool(user.teams_as(Role.ENGINEER)),
        "several_teams": len(user.roles_by_team) > 1,
    }
    return render(request, "review/datasets/exports.html", context)


@require_http_methods(["GET", "POST"])
def new_export(request: HttpRequest) -> HttpResponse:
    """The form; asked by htmx, only what the selection gives at this moment."""
    user = signed_in(request)
    require_any_role(user, Role.ENGINEER)
    if request.method == "POST":
        form = ExportForm(request.POST, user=user)
        if form.is_valid():
            try:
                return redirect(create_export(actor=user, type=form.cleaned_data["type"], selection=form.selection()))
            except Refused as refused:
                form.add_error(None, refused.detail)
        return render(request, "review/datasets/new.html", {"form": form}, status=422)
    form = ExportForm(with_initial(request.GET.dict(), ExportForm(user=user)), user=user)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        context["forecast"] = forecast(form.cleaned_data["type"], form.selection())
    template = "_selection" if "HX-Request" in request.headers else "new"
    return render(request, f"review/datasets/{template}.html", context)


def with_initial(given: dict[str, Any], form: ExportForm) -> dict[str, Any]:
    """What the address says, and the form's own beginnings for the rest."""
    return {name: field.initial for name, field in form.fields.items() if field.initial} | given


@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """One export. While it is open, htmx asks again for its progress; then the page is loaded anew."""
    user = signed_in(request)
    export = get_visible(DatasetExport.objects.newest_first(), user, pk)
    if "HX-Request" in request.headers and not export.is_open:
        return HttpResponseClientRefresh()
    context: dict[str, Any] = {"export": export, "may_export": user.has_role(export.team_id, Role.ENGINEER)}
    if export.is_open:
        context["progress"] = progress.read(export.pk)
    if "HX-Request" in request.headers:
        return render(request, "review/datasets/_progress.html", context)
    describe([export])
    context["audits"] = user.has_role(export.team_id, Role.AUDITOR)
    if export.status == export.Status.SUCCEEDED:
        context |= result_of(export)
    return render(request, "review/datasets/export.html", context)


def result_of(export: DatasetExport) -> dict[str, Any]:
    review_ids = export.manifest["review_ids"]
    shown = Review.objects.filter(pk__in=review_ids[:SHOWN_REVIEWS]).select_related("draft__brief").order_by("pk")
    try:
        rows = first_rows(export)
    except FileNotFoundError:
        rows = None
    more = max(0, len(review_ids) - SHOWN_REVIEWS)
    return {"rows": rows, "reviews": shown, "more_reviews": more, "tallies": tallies(export)}


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    export = get_visible(DatasetExport.objects.all(), user, pk)
    cancel_export(actor=user, export=export)
    messages.info(request, _("The export is cancelled. Nothing of it was kept."))
    return redirect(export)


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    export = get_visible(DatasetExport.objects.all(), user, pk)
    return redirect(retry_export(actor=user, export=export))
