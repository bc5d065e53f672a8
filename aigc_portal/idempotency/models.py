"""Answers kept for a day, so that a repeated POST gives the same object and the same answer."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class KeptAnswer(models.Model):
    """The answer to the POST that first came with `key`. `scope` is the sender: `user:ID`."""

    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="answer_once_a_key")]
        indexes = [models.Index(fields=["created_at"], name="answer_by_age")]  # the daily purge

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
