from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "aigc_portal.accounts"
