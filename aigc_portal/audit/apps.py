from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "aigc_portal.audit"
