"""One's own tokens of the API."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aigc_portal.accounts.access import signed_in
from aigc_portal.accounts.actions import issue_token, revoke_token
from aigc_portal.accounts.forms import TokenForm
from aigc_portal.accounts.models import ApiToken, User


@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token, text = issue_token(actor=user, **form.cleaned_data)
        # The text is in this answer and nowhere else: no-store keeps it from caches and from the kept answers.
        answer = show(request, user, TokenForm(), issued={"token": text, "name": token.name})
        answer["Cache-Control"] = "no-store, private"
        return answer
    return show(request, user, form)


def show(request: HttpRequest, user: User, form: TokenForm, issued: dict[str, str] | None = None) -> HttpResponse:
    context = {
        "form": form,
        "tokens": ApiToken.objects.filter(user=user).order_by("-created"),
        "now": timezone.now(),
        "issued": issued,
    }
    return render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, key: str) -> HttpResponse:
    user = signed_in(request)
    token = get_object_or_404(ApiToken, user=user, token_key=key)
    revoke_token(actor=user, token=token)
    messages.success(request, _("The token “%(name)s” does not work any more.") % {"name": token.name})
    return redirect("accounts:tokens")
