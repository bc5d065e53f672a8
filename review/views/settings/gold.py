"""A team's texts with a known answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.newest_first import page_of
from aigc_portal.problems import Refused, StaleState
from review.actions.gold import create_gold, retire_gold
from review.actions.policies import MANAGERS, policy_of
from review.forms.settings_forms import GoldForm
from review.models import DECIDED, GoldItem, Review
from review.views.desk import visible_review
from review.views.settings.teams import READERS, settings_context, settings_team


@require_GET
def gold_items(request: HttpRequest, team: int) -> HttpResponse:
    """Newest first, each with how many have answered and how many of them rightly."""
    user = signed_in(request)
    chosen = settings_team(user, team)
    page = page_of(with_answers(GoldItem.objects.filter(team=chosen)), request.GET)
    context = {
        **settings_context(user, chosen, "gold"),
        "page": page,
        "percent": policy_of(chosen).gold_percent,
        "in_use": GoldItem.objects.filter(team=chosen, retired_at=None).count(),
    }
    return render(request, "review/settings/gold_items.html", context)


@require_GET
def gold_item(request: HttpRequest, pk: int) -> HttpResponse:
    """The text, its answer, and what reviewers said, without names."""
    user = signed_in(request)
    item = get_visible(with_answers(GoldItem.objects.select_related("team")), user, pk)
    require_role(user, item.team_id, *READERS)
    answers = Review.for_reviewers.filter(gold=item, status__in=DECIDED).order_by()
    given = {row["status"]: row["n"] for row in answers.values("status").annotate(n=Count("pk"))}
    context = {
        **settings_context(user, item.team, "gold"),
        "item": item,
        "answers": [(status.label, status.value, given.get(status.value, 0)) for status in DECIDED],
        "original": Review.objects.filter(draft=item.draft_id).order_by("-pk").first(),
    }
    return render(request, "review/settings/gold_item.html", context)


@require_http_methods(["GET", "POST"])
def new_gold(request: HttpRequest, pk: int) -> HttpResponse:
    """“Use as a text with a known answer”, from the page of a decided review."""
    user = signed_in(request)
    review = visible_review(user, pk)
    require_role(user, review.team_id, *MANAGERS)
    if not review.is_decided or review.gold_id is not None:
        raise StaleState(review, "a known answer")
    form = GoldForm(request.POST if request.method == "POST" else None, review=review)
    if request.method == "POST" and form.is_valid():
        try:
            item = create_gold(actor=user, review=review, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Reviewers meet this text from now on, as often as the policy says."))
            return redirect("review:golditem", item.pk)
    context = {**settings_context(user, review.team, "gold"), "review": review, "form": form}
    return render(request, "review/settings/gold_form.html", context, status=422 if form.errors else 200)


@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    item = get_visible(GoldItem.objects.all(), user, pk)
    require_role(user, item.team_id, *MANAGERS)
    retire_gold(actor=user, item=item)
    messages.success(request, _("No reviewer gets this text any more. What was answered still counts."))
    return redirect("review:settings-gold", item.team_id)


def with_answers(items: Any) -> Any:
    """`answered` counts decided reviews of it, `agreed` those with the right verdict."""
    decided = Q(reviews__status__in=DECIDED)
    return items.select_related("draft__brief", "created_by").annotate(
        answered=Count("reviews", filter=decided),
        agreed=Count("reviews", filter=decided & Q(reviews__status=F("verdict"))),
    )
