"""One person, as far as those who share a team may know."""

from __future__ import annotations

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from aigc_portal.accounts.access import signed_in
from aigc_portal.accounts.models import Membership, Role, Team, User
from aigc_portal.audit.models import AuditEvent


@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, address and the roles in shared teams; 404 where no team is shared.

    An auditor also finds those who have left a team but are in its events.
    """
    viewer = signed_in(request)
    shared = Membership.objects.filter(user=pk, team__in=viewer.roles_by_team).select_related("team")
    roles: dict[Team, list[Role]] = {}
    for membership in shared.order_by("team__name"):
        roles.setdefault(membership.team, []).append(Role(membership.role))
    audited = viewer.teams_as(Role.AUDITOR)
    named = Q(actor=pk) | Q(target_type=User._meta.label_lower, target_id=str(pk))
    if not roles and pk != viewer.pk and not AuditEvent.objects.filter(named, team__in=audited).exists():
        raise Http404
    context = {
        "person": get_object_or_404(User, pk=pk),
        "roles": [(team, [role for role in Role if role in held]) for team, held in roles.items()],
        "audits": bool(audited),
    }
    return render(request, "accounts/person.html", context)
