from django.urls import path

from aigc_portal.notices.api.notices import Notices
from aigc_portal.notices.api.settings import Settings

urlpatterns = [
    path("notices/", Notices.as_view({"get": "list"}), name="api-notices"),
    path("notices/read/", Notices.as_view({"post": "read_all"}), name="api-notices-read"),
    path("notices/<int:pk>/read/", Notices.as_view({"post": "read"}), name="api-notice-read"),
    path("notices/settings/", Settings.as_view(), name="api-notice-settings"),
]
