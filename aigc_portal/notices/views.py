"""One's own notices: the list, opening one, reading all, and how they are mailed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aigc_portal.accounts.access import signed_in
from aigc_portal.newest_first import key_in, page_of
from aigc_portal.notices.actions import choose_mail, mark_all_read, mark_read
from aigc_portal.notices.forms import MailForm
from aigc_portal.notices.models import Notice, NoticeSettings
from aigc_portal.notices.sentences import html_sentence_of


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    user = signed_in(request)
    own = Notice.objects.visible_to(user)
    latest = own.unread().order_by("-due_at", "-pk").values_list("pk", flat=True).first()
    page = page_of(own.select_related("team"), request.GET)
    context = {
        "rows": [(notice, html_sentence_of(notice)) for notice in page.rows],
        "page": page,
        "newest": latest or 0,  # 0 reads none: what came while the page was made was not on it
        "several_teams": len(user.roles_by_team) > 1,
    }
    return render(request, "notices/notices.html", context)


@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the notice leads; it is read now."""
    user = signed_in(request)
    notice = get_object_or_404(Notice.objects.visible_to(user), pk=pk)
    mark_read(actor=user, notice=notice)
    return redirect(notice.url)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Up to the latest one that the page showed or could have shown."""
    mark_all_read(actor=signed_in(request), newest=key_in(request.POST, "newest"))
    return redirect("notices:notices")


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = MailForm(request.POST) if request.method == "POST" else MailForm.of(NoticeSettings.of(user))
    if request.method == "POST" and form.is_valid():
        choose_mail(actor=user, **form.cleaned_data)
        messages.success(request, _("Your choice is saved."))
        return redirect("notices:settings")
    return render(request, "notices/settings.html", {"form": form}, status=422 if form.errors else 200)
