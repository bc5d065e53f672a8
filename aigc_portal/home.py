"""`/` leads to where the signed-in person's work is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from aigc_portal.navigation import navigation


def home(request: HttpRequest) -> HttpResponse:
    sections = navigation(request)["navigation"]
    if sections:
        return redirect(sections[0]["url"])
    return render(request, "home_empty.html")


urlpatterns = [path("", home, name="home")]
