from django.urls import path

from aigc_portal.audit import views

app_name = "audit"
urlpatterns = [
    path("audit/", views.events, name="auditevents"),
    path("audit/<int:pk>/", views.event, name="auditevent"),
]
