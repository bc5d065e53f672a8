"""A team's policy: how it reads now, how it came about, and the next version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Team, User
from aigc_portal.newest_first import page_of
from aigc_portal.problems import Refused
from review.actions.policies import MANAGERS, policy_of, publish_policy
from review.forms.policy_form import PolicyForm
from review.models import OPEN, Review, ReviewPolicy
from review.policy_rules import rules_of
from review.policy_staffing import problems_of, staff_of, warnings_of
from review.policy_words import WordChange, changes_between, words_of
from review.views.settings.teams import READERS, settings_context, settings_team

VERSIONS = 15


@dataclass(frozen=True)
class Version:
    """`changes` is what it changed; None for the first one."""

    policy: ReviewPolicy
    changes: list[WordChange] | None


@require_GET
def policy(request: HttpRequest, team: int) -> HttpResponse:
    """The version that new reviews come under, and the versions so far."""
    user = signed_in(request)
    chosen = settings_team(user, team)
    current = policy_of(chosen)
    rules, staff = rules_of(current), staff_of(chosen.pk)
    page = page_of(with_words(ReviewPolicy.objects.filter(team=chosen)), request.GET, VERSIONS)
    context = {
        **settings_context(user, chosen, "policy"),
        "policy": current,
        "words": words_of(rules),
        "problems": problems_of(rules, staff),
        "warnings": warnings_of(rules, staff),
        "earlier": open_under_earlier(current),
        "page": page,
        "versions": versions_of(page.rows),
    }
    return render(request, "review/settings/policy.html", context)


@require_GET
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """One version in words, with what it changed and how many reviews came under it."""
    user = signed_in(request)
    found = get_visible(with_words(ReviewPolicy.objects.all()), user, pk)
    require_role(user, found.team_id, *READERS)
    [shown] = versions_of([found])
    context = {
        **settings_context(user, found.team, "policy"),
        "policy": found,
        "version": shown,
        "words": words_of(rules_of(found)),
        "is_current": not ReviewPolicy.objects.filter(team=found.team_id, number__gt=found.number).exists(),
        "reviews": Review.objects.filter(policy=found).count(),
        "open_reviews": Review.objects.filter(policy=found, status__in=OPEN).count(),
    }
    return render(request, "review/settings/policy_version.html", context)


@require_http_methods(["GET", "POST"])
def new_policy(request: HttpRequest, team: int) -> HttpResponse:
    """The form of the next version, filled in with the present one; a POST publishes it."""
    user = signed_in(request)
    chosen = settings_team(user, team)
    require_role(user, chosen.pk, *MANAGERS)
    form = PolicyForm(request.POST or None, policy=policy_of(chosen))
    if request.method == "GET":
        return form_page(request, user, chosen, form)
    if not form.is_valid():
        return form_page(request, user, chosen, form, status=422)
    rules = form.rules
    try:
        made = publish_policy(actor=user, team=chosen, rules=rules, based_on=form.cleaned_data["based_on"])
    except Refused as refusal:
        if refusal.code == "policy_changed":
            return form_page(request, user, chosen, form, status=409, overtaken=True)
        form.add_error(None, refusal.detail)
        return form_page(request, user, chosen, form, status=422)
    messages.success(
        request, _("Version %(number)s holds for what is submitted from now on.") % {"number": made.number}
    )
    for warning in warnings_of(rules, staff_of(chosen.pk)):
        messages.warning(request, warning)
    return redirect("review:settings-policy", chosen.pk)


def form_page(
    request: HttpRequest, user: User, team: Team, form: PolicyForm, *, status: int = 200, overtaken: bool = False
) -> HttpResponse:
    """`overtaken`: somebody published meanwhile. What they changed is shown; what was typed can be sent once more."""
    current = policy_of(team)
    context: dict[str, Any] = {
        **settings_context(user, team, "policy"),
        "form": form,
        "policy": current,
        "based_on": form["based_on"].value(),
        "open_reviews": Review.objects.filter(team=team, status__in=OPEN).count(),
    }
    if overtaken:
        read = ReviewPolicy.objects.filter(team=team, number=form.cleaned_data["based_on"]).first()
        context |= {
            "overtaken": True,
            "changes": changes_between(rules_of(read), rules_of(current)) if read else [],
            "based_on": current.number,
        }
    return render(request, "review/settings/policy_form.html", context, status=status)


def with_words(policies: Any) -> Any:
    return policies.select_related("team", "created_by", "adjudicators").prefetch_related("steps__group")


def versions_of(policies: list[ReviewPolicy]) -> list[Version]:
    """Each with what it changed of the one before, which may stand on another page."""
    if not policies:
        return []
    before = {policy.number: policy for policy in policies}
    numbers = [policy.number - 1 for policy in policies if policy.number - 1 not in before]
    others = with_words(ReviewPolicy.objects.filter(team=policies[0].team_id, number__in=numbers))
    before |= {policy.number: policy for policy in others}
    return [
        Version(
            policy,
            changes_between(rules_of(before[policy.number - 1]), rules_of(policy))
            if policy.number - 1 in before
            else None,
        )
        for policy in policies
    ]


def open_under_earlier(current: ReviewPolicy) -> list[Mapping[str, Any]]:
    """Number of open reviews under each earlier version, newest first."""
    earlier = Review.objects.filter(team=current.team_id, status__in=OPEN).exclude(policy=current).order_by()
    counted = earlier.values(pk=F("policy"), number=F("policy__number")).annotate(reviews=Count("id"))
    return list(counted.order_by("-number"))
