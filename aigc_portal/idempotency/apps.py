from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "aigc_portal.idempotency"
