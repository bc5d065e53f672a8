"""The composition root of all addresses: the apps are named by string only."""

from django.urls import include, path

urlpatterns = [
    path("", include("aigc_portal.home")),
    path("health/", include("aigc_portal.health")),
    path("sign-in/", include("aigc_portal.accounts.sign_in_urls")),
    path("", include("aigc_portal.accounts.urls")),
    path("", include("aigc_portal.notices.urls")),
    path("", include("aigc_portal.audit.urls")),
    path("", include("generation.urls")),
    path("", include("review.urls")),
    path("api/", include("aigc_portal.api")),
]

handler400 = "aigc_portal.problem_details.bad_request"
handler500 = "aigc_portal.problem_details.server_error"
