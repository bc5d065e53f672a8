from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "aigc_portal.notices"
