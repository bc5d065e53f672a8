"""Teams, their people and their roles. Members look; admins change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aigc_portal.accounts.access import require_role, signed_in
from aigc_portal.accounts.actions import add_member, add_person, issue_password_link, remove_member
from aigc_portal.accounts.forms import PersonForm, RoleForm
from aigc_portal.accounts.members import members_of
from aigc_portal.accounts.models import Membership, Role, Team, User


@require_GET
def teams(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    found = list(
        Team.objects.filter(pk__in=user.roles_by_team)
        .annotate(people=Count("memberships__user", distinct=True))
        .order_by("name")
    )
    rows = [(team, [Role(role) for role in Role.values if role in user.roles_by_team[team.pk]]) for team in found]
    return render(request, "accounts/teams.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """The team's people; a POST adds one."""
    user = signed_in(request)
    team = own_team(user, pk)
    form = PersonForm(request.POST or None)
    if request.method == "POST":
        require_role(user, team.pk, Role.ADMIN)
        if form.is_valid():
            return add(request, user, team, form)
    return show(request, user, team, form)


def show(
    request: HttpRequest, user: User, team: Team, form: PersonForm, link: dict[str, str] | None = None
) -> HttpResponse:
    context = {
        "team": team,
        "members": members_of(team),
        "form": form,
        "administers": user.has_role(team.pk, Role.ADMIN),
        "audits": user.has_role(team.pk, Role.AUDITOR),
        "leads": user.has_role(team.pk, Role.LEAD),
        "link": link,
    }
    return render(request, "accounts/team.html", context, status=422 if form.errors else 200)


def add(request: HttpRequest, actor: User, team: Team, form: PersonForm) -> HttpResponse:
    person, created = add_person(actor=actor, team=team, **form.cleaned_data)
    if created:
        return show_link(request, actor, team, person)
    # What was typed, not the name of whoever has the account.
    values = {"email": form.cleaned_data["email"]}
    messages.success(request, _("%(email)s had an account already and is in the team now.") % values)
    return redirect(team)


def show_link(request: HttpRequest, actor: User, team: Team, person: User) -> HttpResponse:
    """The team's page with the link, in the answer itself: it is stored nowhere."""
    path = issue_password_link(actor=actor, team=team, user=person)
    link = {"url": request.build_absolute_uri(path), "name": str(person)}
    answer = show(request, actor, team, PersonForm(), link)
    answer["Cache-Control"] = "no-store, private"  # keeps it from the kept answers too
    return answer


@require_POST
def grant(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """Give a member another role."""
    actor = signed_in(request)
    team, person = member(actor, pk, user_pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such role. Nothing was changed."))
        return redirect(team)
    add_member(actor=actor, team=team, user=person, role=form.cleaned_data["role"])
    values: dict[str, Any] = {"name": person, "role": Role(form.cleaned_data["role"]).label}
    messages.success(request, _("%(name)s is %(role)s now.") % values)
    return redirect(team)


@require_POST
def revoke(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """Take a role from a member."""
    actor = signed_in(request)
    team, person = member(actor, pk, user_pk)
    held = get_object_or_404(Membership, team=team, user=person, role=request.POST.get("role", ""))
    remove_member(actor=actor, membership=held)
    values: dict[str, Any] = {"name": person, "role": Role(held.role).label}
    messages.success(request, _("%(name)s is not %(role)s any more.") % values)
    stays = Membership.objects.filter(team=team, user=actor).exists()
    return redirect(team) if stays else redirect("accounts:teams")


@require_POST
def password_link(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """A new link for a member who has not set a password yet."""
    actor = signed_in(request)
    team, person = member(actor, pk, user_pk)
    return show_link(request, actor, team, person)


def own_team(user: User, pk: int) -> Team:
    """The team, or Http404 where the user is not in it."""
    return get_object_or_404(Team, pk=pk, pk__in=user.roles_by_team)


def member(actor: User, pk: int, user_pk: int) -> tuple[Team, User]:
    """The actor's team and a member of it (else Http404), for an admin (else PermissionDenied)."""
    team = own_team(actor, pk)
    require_role(actor, team.pk, Role.ADMIN)
    person = User.objects.filter(memberships__team=team, pk=user_pk).distinct()
    return team, get_object_or_404(person)
