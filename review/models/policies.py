"""How a team reviews: the steps, who is asked at each, and what makes a decision of their verdicts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from aigc_portal.audit.triggers import no_truncate, no_update_or_delete

MOST_REVIEWERS = 5
MOST_STEPS = 5
DUE_HOURS = 72


class ReviewGroupQuerySet(TeamQuerySet["ReviewGroup"]):
    """Nothing beyond what every team's rows can do."""


class ReviewGroup(TeamOwned):
    """Some of a team's reviewers, asked together: editors, legal."""

    name = models.CharField(_("name"), max_length=60)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="review_groups", blank=True)

    objects = ReviewGroupQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="review_group_once")]

    def __str__(self) -> str:
        return self.name


class ReviewPolicyQuerySet(TeamQuerySet["ReviewPolicy"]):
    def newest_of(self, team_id: int) -> ReviewPolicy | None:
        """The one that new reviews come under."""
        return self.filter(team=team_id).prefetch_related("steps__group").order_by("-number").first()


class ReviewPolicy(TeamOwned):
    """One version of a team's rules. Written once: a review keeps the version that it was submitted under.

    `adjudicators` decide where reviewers disagree; without a group any reviewer does who has not judged the text.
    A share of reviews gets one reviewer more at the first step (`second_opinion_percent`), and a share of what a
    reviewer takes is a text with a known answer (`gold_percent`).
    """

    number = models.PositiveIntegerField()
    blind = models.BooleanField(_("reviewers do not see each other's verdicts"), default=False)
    fact_check = models.BooleanField(_("approving needs the tick that the facts were checked"), default=False)
    confirm_corrections = models.BooleanField(_("a correction is confirmed by somebody else"), default=False)
    second_opinion_percent = models.PositiveSmallIntegerField(_("reviews with a second opinion"), default=0)
    gold_percent = models.PositiveSmallIntegerField(_("texts with a known answer"), default=0)
    due_hours = models.PositiveSmallIntegerField(_("hours until a review is due"), default=DUE_HOURS)
    adjudicators = models.ForeignKey(ReviewGroup, models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = ReviewPolicyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "number"], name="review_policy_number_once"),
            models.CheckConstraint(
                condition=Q(second_opinion_percent__lte=100, gold_percent__lte=100, due_hours__gte=1),
                name="review_policy_in_range",
            ),
        ]
        triggers = [no_update_or_delete(), no_truncate()]

    def __str__(self) -> str:
        return str(_("Review policy, version %(number)s") % {"number": self.number})


class PolicyStep(models.Model):
    """One step of a policy. `group` None asks any reviewer of the team."""

    class Rule(models.TextChoices):
        MAJORITY = "majority", _("More than half agree")
        UNANIMOUS = "unanimous", _("All agree")

    policy = models.ForeignKey(ReviewPolicy, models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=60, blank=True)
    group = models.ForeignKey(ReviewGroup, models.PROTECT, null=True, blank=True, related_name="+")
    reviewers = models.PositiveSmallIntegerField(_("reviewers"), default=1)
    rule = models.CharField(_("decision"), max_length=10, choices=Rule.choices, default=Rule.MAJORITY)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="policy_step_once"),
            models.CheckConstraint(
                condition=Q(reviewers__range=(1, MOST_REVIEWERS), position__range=(1, MOST_STEPS)),
                name="policy_step_in_range",
            ),
            models.CheckConstraint(condition=Q(rule__in=["majority", "unanimous"]), name="policy_step_rule_known"),
        ]
        triggers = [no_update_or_delete(), no_truncate()]

    def __str__(self) -> str:
        return self.name or str(_("Step %(number)s") % {"number": self.position})

    def wanted(self, second_opinion: bool) -> int:
        """How many reviewers judge at the step; a review with a second opinion gets one more at the first."""
        return self.reviewers + int(second_opinion and self.position == 1)
