"""Who works here: users, teams, the roles that join them, and the tokens of the API."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager


class Role(models.TextChoices):
    MARKETER = "marketer", _("Marketer")
    REVIEWER = "reviewer", _("Reviewer")
    LEAD = "lead", _("Review lead")
    AUDITOR = "auditor", _("Auditor")
    ENGINEER = "engineer", _("ML engineer")
    ADMIN = "admin", _("Admin")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user. Without a password the account cannot sign in until one is set."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # knox has no stubs
    """One person. `language` is empty where the browser decides."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_case_insensitive")]

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def memberships_by_team(self) -> list[Membership]:
        """With their teams, by the names of those; read once a request."""
        return list(self.memberships.select_related("team").order_by("team__name", "role"))

    @cached_property
    def roles_by_team(self) -> dict[int, set[str]]:
        """Team id to the roles held there, by the names of the teams."""
        roles: dict[int, set[str]] = {}
        for membership in self.memberships_by_team:
            roles.setdefault(membership.team_id, set()).add(membership.role)
        return roles

    @property
    def roles(self) -> set[str]:
        return set().union(*self.roles_by_team.values())

    def has_role(self, team_id: int, *roles: str) -> bool:
        return not self.roles_by_team.get(team_id, set()).isdisjoint(roles)

    def teams_as(self, *roles: str) -> list[int]:
        """Ids of the teams in which this user holds one of the roles, by the names of the teams."""
        return [team_id for team_id, held in self.roles_by_team.items() if not held.isdisjoint(roles)]


class Team(models.Model):
    """Everything that people make belongs to one team and is invisible outside it."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("accounts:team", args=[self.pk])


class Membership(models.Model):
    """One role of one person in one team; a person may hold several."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team", "role"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team} · {self.role}"


class ApiToken(AbstractAuthToken):  # type: ignore[misc]
    """A bearer token of the API. Only its digest is stored; the token is shown once."""

    objects = AuthTokenManager()
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        ordering = ["-created"]
