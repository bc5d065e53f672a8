"""The reader's saved filters: keep one, rename, delete."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from aigc_portal.accounts.access import require_any_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.problems import Refused
from review.actions.saved_filters import delete_filter, rename_filter, save_filter
from review.forms.saved_filter_form import FilterNameForm, SavedFilterForm
from review.forms.saved_filter_words import FilterWords
from review.models import SavedFilter


@require_GET
def saved_filters(request: HttpRequest) -> HttpResponse:
    user, teams = filtering(request)
    return filters_page(request, user, teams)


@require_POST
def new_saved_filter(request: HttpRequest) -> HttpResponse:
    """Back to the queue, which shows the filter; 422 with the form where that is not possible."""
    user, teams = filtering(request)
    form = SavedFilterForm(request.POST, teams=teams)
    if form.is_valid():
        try:
            saved = save_filter(actor=user, name=form.cleaned_data["name"], query=form.cleaned_data["query"])
        except Refused as refusal:
            form.add_error("name", refusal.detail)
        else:
            messages.success(request, _("Saved the filter “%(name)s”.") % {"name": saved.name})
            return redirect(f"{reverse('review:reviews')}?{saved.query}")
    return filters_page(request, user, teams, new=form, status=422)


@require_POST
def rename_saved_filter(request: HttpRequest, pk: int) -> HttpResponse:
    user, teams = filtering(request)
    saved = get_object_or_404(SavedFilter, pk=pk, user=user)
    form = FilterNameForm(request.POST, prefix=str(pk))
    if form.is_valid():
        try:
            rename_filter(actor=user, saved=saved, name=form.cleaned_data["name"])
        except Refused as refusal:
            form.add_error("name", refusal.detail)
        else:
            messages.success(request, _("Renamed the filter to “%(name)s”.") % {"name": saved.name})
            return redirect("review:saved-filters")
    return filters_page(request, user, teams, renamed={pk: form}, status=422)


@require_POST
def delete_saved_filter(request: HttpRequest, pk: int) -> HttpResponse:
    user, _teams = filtering(request)
    saved = get_object_or_404(SavedFilter, pk=pk, user=user)
    delete_filter(actor=user, saved=saved)
    messages.success(request, _("Deleted the filter “%(name)s”.") % {"name": saved.name})
    return redirect("review:saved-filters")


def filtering(request: HttpRequest) -> tuple[User, list[int]]:
    user = signed_in(request)
    return user, require_any_role(user, Role.REVIEWER, Role.LEAD)


def filters_page(
    request: HttpRequest,
    user: User,
    teams: list[int],
    *,
    new: SavedFilterForm | None = None,
    renamed: dict[int, FilterNameForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`new` and `renamed` are forms that were sent and need mending."""
    words, sent = FilterWords(user, teams), renamed or {}
    forms = [
        (saved, sent.get(saved.pk) or FilterNameForm(initial={"name": saved.name}, prefix=str(saved.pk)))
        for saved in SavedFilter.objects.filter(user=user)
    ]
    context = {
        "forms": [(saved, form, words.of(saved.query)) for saved, form in forms],
        "new": new,
        "new_holds": words.of(new.cleaned_data.get("query", "")) if new else None,
    }
    return render(request, "review/saved_filters.html", context, status=status)
