"""What a verdict says of the text that was read: an approval as it is differs from one after a correction."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Outcome(TextChoices):
    """In the order in which tables show them."""

    APPROVED = "APPROVED", _("Approved as it was")
    CORRECTED = "CORRECTED", _("Approved with a correction")
    CHANGES_REQUESTED = "CHANGES_REQUESTED", _("Changes requested")
    REJECTED = "REJECTED", _("Rejected")
