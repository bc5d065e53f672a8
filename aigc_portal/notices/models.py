"""What people are told, in the portal and by mail, and how each of them wants the mails."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import Team, User

DIGEST_HOUR = 8


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> Self:
        """The user's own that are due, of the teams that the user is in: who leaves a team reads no titles of it."""
        return self.filter(user=user, team__in=list(user.roles_by_team), due_at__lte=Now())

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def about(self, target: models.Model) -> Self:
        return self.filter(target_type=target._meta.label_lower, target_id=str(target.pk))


class Notice(models.Model):
    """One sentence for one person, which leads to `url`.

    `kind` names the sentence and `params` fill it (see sentences.py). `actor_name` is the name as it was; there is no
    actor where the portal itself acts. `due_at` is when the notice becomes visible: until then it can be withdrawn.
    `mailed_at` is when it went out in a mail, if it did. Each of the `mail_attempts` claims it until `next_mail_at`.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=300)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=40)
    urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    mail_attempts = models.PositiveSmallIntegerField(db_default=0)
    next_mail_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            # A path of the portal, so that a click can lead nowhere else: browsers take //x and /\x for hosts.
            models.CheckConstraint(condition=Q(url__regex=r"^/(?![/\\])[!-~]*$"), name="notice_url_is_a_path"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_by_user"),  # the list, newest first
            models.Index(fields=["user", "due_at"], condition=Q(read_at=None), name="notice_unread"),  # the bell
            # What is to be mailed, in every pass.
            models.Index(fields=["due_at"], condition=Q(read_at=None, mailed_at=None), name="notice_to_mail"),
            # What can be withdrawn.
            models.Index(
                fields=["target_type", "target_id"],
                condition=Q(read_at=None, mailed_at=None),
                name="notice_by_target",
            ),
            # Old ones, removed in every pass.
            models.Index(fields=["read_at"], condition=Q(read_at__isnull=False), name="notice_by_reading"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind} {self.target_type} {self.target_id}"


class NoticeSettings(models.Model):
    """How a person wants mails about notices; without a row: once a day at 8. Urgent ones are mailed at once to all."""

    class Mail(models.TextChoices):
        AT_ONCE = "at_once", _("At once")
        DIGEST = "digest", _("Once a day")
        NONE = "none", _("No mails")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="notice_settings"
    )
    mail = models.CharField(_("mails"), max_length=10, choices=Mail.choices, default=Mail.DIGEST)
    digest_hour = models.PositiveSmallIntegerField(_("hour"), default=DIGEST_HOUR)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(mail__in=["at_once", "digest", "none"]), name="notice_mail_known"),
            models.CheckConstraint(condition=Q(digest_hour__lte=23), name="notice_digest_hour_exists"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.mail} · {self.digest_hour}"

    @classmethod
    def of(cls, user: User) -> NoticeSettings:
        """The user's own, or the defaults."""
        return cls.objects.filter(user=user).first() or cls(user=user)
