from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "aigc_portal.jobs"
