"""A team's groups of reviewers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Membership, Role, Team, User
from aigc_portal.problems import Refused
from review.actions.groups import (
    add_group_member,
    create_group,
    delete_group,
    remove_group_member,
    rename_group,
    versions_naming,
)
from review.actions.policies import MANAGERS
from review.forms.settings_forms import GroupForm, GroupNameForm, MemberForm
from review.models import ReviewGroup, ReviewPolicy
from review.views.settings.teams import READERS, settings_context, settings_team


@require_http_methods(["GET", "POST"])
def groups(request: HttpRequest, team: int) -> HttpResponse:
    """The groups; a POST makes one."""
    user = signed_in(request)
    chosen = settings_team(user, team)
    form = GroupForm(team_id=chosen.pk)
    if request.method == "POST":
        require_role(user, chosen.pk, *MANAGERS)
        form = GroupForm(request.POST, team_id=chosen.pk)
        if form.is_valid():
            try:
                made = create_group(actor=user, team=chosen, **form.cleaned_data)
            except Refused as refusal:
                form.add_error("name", refusal.detail)
            else:
                messages.success(request, _("The group “%(name)s” is there.") % {"name": made.name})
                return redirect("review:settings-groups", chosen.pk)
    rows = ReviewGroup.objects.filter(team=chosen).annotate(
        people=Count("members", distinct=True), is_named=Exists(naming(OuterRef("pk")))
    )
    context = {**settings_context(user, chosen, "groups"), "groups": rows, "form": form}
    return render(request, "review/settings/groups.html", context, status=422 if form.errors else 200)


def naming(group: Any) -> Any:
    """The newest policy of its team, where that names the group."""
    newer = ReviewPolicy.objects.filter(team=OuterRef("team"), number__gt=OuterRef("number"))
    return ReviewPolicy.objects.filter(Q(steps__group=group) | Q(adjudicators=group)).filter(~Exists(newer))


@require_GET
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """One group: its members, its name, and which versions of the policy name it."""
    user, found = readable(request, pk)
    return group_page(request, user, found, GroupNameForm(initial={"name": found.name}))


def group_page(
    request: HttpRequest, user: User, found: ReviewGroup, form: GroupNameForm, *, status: int = 200
) -> HttpResponse:
    reviewing = Membership.objects.filter(user=OuterRef("pk"), team=found.team_id, role=Role.REVIEWER)
    members = found.members.annotate(reviews=Exists(reviewing)).order_by("name", "pk")
    adding = MemberForm(group=found)
    context = {
        **settings_context(user, found.team, "groups"),
        "group": found,
        "members": members,
        "form": form,
        "adding": adding if adding.fields["user"].queryset.exists() else None,  # type: ignore[attr-defined]
        "versions": versions_naming(found),
    }
    return render(request, "review/settings/group.html", context, status=status)


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = changeable(request, pk)
    form = GroupNameForm(request.POST)
    if form.is_valid():
        try:
            rename_group(actor=user, group=found, name=form.cleaned_data["name"])
        except Refused as refusal:
            form.add_error("name", refusal.detail)
    if form.errors:
        return group_page(request, user, found, form, status=422)
    messages.success(request, _("The group is called “%(name)s” now.") % {"name": found.name})
    return redirect("review:reviewgroup", found.pk)


@require_POST
def add_member(request: HttpRequest, pk: int) -> HttpResponse:
    return change_member(request, pk, add_group_member, _("%(name)s is in the group now."))


@require_POST
def remove_member(request: HttpRequest, pk: int) -> HttpResponse:
    return change_member(request, pk, remove_group_member, _("%(name)s is not in the group any more."))


def change_member(request: HttpRequest, pk: int, change: Callable[..., None], said: str) -> HttpResponse:
    """The person is the POST's `user`: somebody of the team, or already a member."""
    user, found = changeable(request, pk)
    known = User.objects.filter(Q(memberships__team=found.team_id) | Q(review_groups=found)).distinct()
    given = request.POST.get("user", "")
    person = get_object_or_404(known, pk=int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0)
    change(actor=user, group=found, user=person)
    messages.success(request, said % {"name": person})
    return redirect("review:reviewgroup", found.pk)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = changeable(request, pk)
    team: Team = found.team
    try:
        delete_group(actor=user, group=found)
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return redirect("review:reviewgroup", found.pk)
    messages.success(request, _("The group “%(name)s” is deleted.") % {"name": found.name})
    return redirect("review:settings-groups", team.pk)


def readable(request: HttpRequest, pk: int) -> tuple[User, ReviewGroup]:
    user = signed_in(request)
    found = get_visible(ReviewGroup.objects.select_related("team"), user, pk)
    require_role(user, found.team_id, *READERS)
    return user, found


def changeable(request: HttpRequest, pk: int) -> tuple[User, ReviewGroup]:
    user, found = readable(request, pk)
    require_role(user, found.team_id, *MANAGERS)
    return user, found
