from django.db import models
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    """Languages of content, as BCP 47 tags (the interface's languages are settings.LANGUAGES)."""

    ENGLISH = "en", _("English")
    CHINESE = "zh", _("Chinese")


class Channel(models.TextChoices):
    PRODUCT_PAGE = "product_page", _("Product page")
    EMAIL = "email", _("E-mail")
    SOCIAL = "social", _("Social post")
