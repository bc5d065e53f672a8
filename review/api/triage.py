"""What leads and reviewers do beside single decisions: take a text from its holder, and one act on many reviews."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import require_any_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.api_input import Input, NoInput, given
from review.actions import bulk, triage
from review.actions.bulk import MOST, Outcome
from review.actions.decisions import LONGEST_COMMENT
from review.actions.verdicts import Verdict
from review.api.reviews import Reviews
from review.models import Priority, Review

ACTS = {
    "assign": Role.LEAD,
    "set_priority": Role.LEAD,
    "approve": Role.REVIEWER,
    "request_changes": Role.REVIEWER,
    "reject": Role.REVIEWER,
}
VERDICTS = {
    "approve": Review.Status.APPROVED,
    "request_changes": Review.Status.CHANGES_REQUESTED,
    "reject": Review.Status.REJECTED,
}


class SelectedInput(Input):
    id = serializers.IntegerField()
    sha256 = serializers.CharField(
        max_length=64, default="", help_text="Of the text that the reviewer read; for verdicts."
    )


class BulkInput(Input):
    """`assigned_to` is for `assign`, `priority` for `set_priority`, the other fields for verdicts."""

    act = serializers.ChoiceField(list(ACTS))
    reviews = SelectedInput(many=True, min_length=1, max_length=MOST)  # type: ignore[call-arg]
    assigned_to = serializers.IntegerField(required=False, allow_null=True, help_text="null: anybody who is asked.")
    priority = serializers.ChoiceField(Priority.choices, required=False)
    reasons = serializers.ListField(child=serializers.SlugField(), default=list, max_length=20)
    comment = serializers.CharField(max_length=LONGEST_COMMENT, allow_blank=True, default="")
    facts_checked = serializers.BooleanField(default=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        needed = {"assign": "assigned_to", "set_priority": "priority"}.get(values["act"])
        if needed and needed not in values:
            raise ValidationError({needed: [_("This act needs the field.")]})
        return values


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of one review; `code` and `error` say why nothing did."""

    id = serializers.IntegerField()
    done = serializers.BooleanField()
    code = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_blank=True)


class OutcomesSerializer(serializers.Serializer[Any]):
    results = OutcomeSerializer(many=True)


class Triage(Reviews):
    @extend_schema(request=NoInput)
    def take_away(self, request: Request, pk: int) -> Response:
        """Return to the queue what somebody else holds; they are told. For review leads."""
        given(NoInput, request)
        review = self.get_object()
        triage.take_away(actor=self.user, review=review)
        return self._now(review)

    @extend_schema(request=BulkInput, responses=OutcomesSerializer)
    def bulk(self, request: Request) -> Response:
        """One act on up to 100 reviews. Each is done or refused for itself, as `results` say in the order given."""
        wanted = given(BulkInput, request)
        require_any_role(self.user, ACTS[wanted["act"]])
        texts = {one["id"]: one["sha256"] for one in wanted["reviews"]}
        found: QuerySet[Review] = self.visible().filter(pk__in=list(texts))
        outcomes = {outcome.review.pk: outcome for outcome in self._act(wanted, list(found), texts)}
        return Response({"results": [row(pk, outcomes.get(pk)) for pk in texts]})

    def _act(self, wanted: dict[str, Any], reviews: list[Review], texts: dict[int, str]) -> list[Outcome]:
        match wanted["act"]:
            case "assign":
                return bulk.assign_each(actor=self.user, reviews=reviews, to=self._person(wanted["assigned_to"]))
            case "set_priority":
                return bulk.set_priority_of_each(actor=self.user, reviews=reviews, priority=wanted["priority"])
            case act:
                said = Verdict(**{name: wanted[name] for name in ("reasons", "comment", "facts_checked")})
                decision = VERDICTS[act]
                return bulk.decide_each(actor=self.user, reviews=reviews, decision=decision, verdict=said, sha256=texts)

    def _person(self, pk: int | None) -> User | None:
        """Somebody of the teams that the user leads; None for nobody. Raises ValidationError."""
        if pk is None:
            return None
        led = User.objects.filter(memberships__team__in=self.user.teams_as(Role.LEAD), pk=pk)
        person = led.distinct().first()
        if person is None:
            raise ValidationError({"assigned_to": [_("There is no such person in this team.")]})
        return person


def row(pk: int, outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return {"id": pk, "done": False, "code": "not_found", "error": _("This text is not there any more.")}
    return {"id": pk, "done": not outcome.error, "code": outcome.code, "error": outcome.error}
