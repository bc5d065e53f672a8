from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aigc_portal.notices.models import NoticeSettings


class MailForm(forms.Form):
    mail = forms.ChoiceField(
        label=gettext_lazy("When mails come"),
        choices=NoticeSettings.Mail.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("What is urgent is mailed at once in any case."),
    )
    digest_hour = forms.TypedChoiceField(
        label=gettext_lazy("Time of day"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = _("One mail with everything that you have not read by then. Time zone of the portal: %(zone)s.")
        self.fields["digest_hour"].help_text = text % {"zone": settings.TIME_ZONE}

    @classmethod
    def of(cls, chosen: NoticeSettings) -> MailForm:
        """The form as the settings stand."""
        return cls(initial={"mail": chosen.mail, "digest_hour": chosen.digest_hour})
