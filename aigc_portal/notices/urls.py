from django.urls import path

from aigc_portal.notices import views

app_name = "notices"
urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_all, name="read-all"),
    path("notices/<int:pk>/open/", views.open_notice, name="open"),
    path("notices/settings/", views.settings, name="settings"),
]
