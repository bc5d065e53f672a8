from django.urls import path

from aigc_portal.audit.api.events import Event, Events

urlpatterns = [
    path("events/", Events.as_view(), name="api-events"),
    path("events/<int:pk>/", Event.as_view(), name="api-event"),
]
