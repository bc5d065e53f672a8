from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import get_visible, require_any_role, require_role
from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.api_input import Input, NoInput, given
from aigc_portal.api_scope import TeamScoped, location
from review.actions.gold import create_gold, retire_gold
from review.actions.policies import MANAGERS
from review.models import DECIDED, GoldItem, Review


class GoldItemSerializer(serializers.ModelSerializer[GoldItem]):
    """`answered` counts the reviewers who have decided on it, `agreed` those who decided rightly."""

    created_by = PersonSerializer(read_only=True)
    answered = serializers.IntegerField(read_only=True)
    agreed = serializers.IntegerField(read_only=True)

    class Meta:
        model = GoldItem
        fields = read_only_fields = [
            "id",
            "team",
            "draft",
            "verdict",
            "explanation",
            "created_by",
            "created_at",
            "retired_at",
            "answered",
            "agreed",
        ]


class GoldInput(Input):
    review = serializers.IntegerField(help_text="A decided review; the text that was submitted is used.")
    verdict = serializers.ChoiceField([(status.value, status.label) for status in DECIDED])
    explanation = serializers.CharField(max_length=GoldItem._meta.get_field("explanation").max_length)


class GoldItems(TeamScoped):
    """Texts with a known answer, which measure how well reviewers judge. For leads and admins."""

    queryset = GoldItem.objects.select_related("created_by").annotate(
        answered=Count("reviews", filter=Q(reviews__status__in=DECIDED)),
        agreed=Count("reviews", filter=Q(reviews__status__in=DECIDED, reviews__status=F("verdict"))),
    )
    serializer_class = GoldItemSerializer

    def visible(self) -> Any:
        """Of the teams whose reviews the user manages."""
        return super().visible().filter(team__in=require_any_role(self.user, *MANAGERS))

    @extend_schema(operation_id="gold_items_retrieve")
    def retrieve(self, request: Request, pk: int) -> Response:
        item = self.get_object()
        require_role(self.user, item.team_id, *MANAGERS)
        return self.answer(item)

    @extend_schema(request=GoldInput, responses={201: GoldItemSerializer})
    def create(self, request: Request) -> Response:
        """Use the text of a decided review as one whose answer is known."""
        asked = given(GoldInput, request)
        # Whoever may make none is told the same of every review that they see.
        found = Review.for_reviewers.filter(Q(gold=None) | Q(assigned_to=self.user)).select_related("draft")
        review = get_visible(found, self.user, asked.pop("review"))
        item = create_gold(actor=self.user, review=review, **asked)
        return Response(self.current(item), status=201, headers=location("api-gold-item", item))

    @extend_schema(request=NoInput)
    def retire(self, request: Request, pk: int) -> Response:
        """No reviewer gets it any more."""
        given(NoInput, request)
        item = self.get_object()
        retire_gold(actor=self.user, item=item)
        return Response(self.current(item))
