from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import require_any_role
from aigc_portal.accounts.models import Role
from aigc_portal.api_input import NoInput, asked
from aigc_portal.api_scope import SignedIn
from generation.engine_status import BEST_FIRST, EngineStatus
from generation.worker_overview import queues


class EngineSerializer(serializers.Serializer[EngineStatus]):
    """`code` and `detail` say why loading failed; `slots_in_use` and `waiting` count variants.

    `tokens_per_second` is the last rate while there was work, 0 before the first run; `threads` is 0 on a GPU.
    """

    worker = serializers.CharField()
    queue = serializers.CharField()
    state = serializers.ChoiceField(BEST_FIRST)
    model = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()
    device = serializers.CharField()
    dtype = serializers.CharField()
    threads = serializers.IntegerField()
    slots = serializers.IntegerField()
    slots_in_use = serializers.IntegerField()
    waiting = serializers.IntegerField()
    tokens_per_second = serializers.FloatField()
    runs_in_flight = serializers.IntegerField()
    draining = serializers.BooleanField(help_text="It shuts down: it finishes its runs and takes no more.")
    paused = serializers.BooleanField(help_text="Its model did not answer; it takes no runs until it has asked again.")
    started_at = serializers.DateTimeField(source="since", allow_null=True)


class QueueSerializer(serializers.Serializer[Any]):
    """The runs of all teams for one model."""

    name = serializers.CharField()
    model = serializers.CharField()
    queued = serializers.IntegerField(source="load.queued")
    running = serializers.IntegerField(source="load.running")
    oldest_seconds = serializers.IntegerField(
        source="load.oldest_seconds", allow_null=True, help_text="How long the oldest queued run has been waiting."
    )


class WorkersSerializer(serializers.Serializer[Any]):
    results = EngineSerializer(many=True, help_text="Every worker that has spoken in the last half minute.")
    queues = QueueSerializer(many=True, help_text="One for each model that is served, the default one first.")


class Workers(SignedIn):
    """The workers with a model and what waits for them; for admins and ML engineers of any team."""

    serializer_class = WorkersSerializer

    def get(self, request: Request) -> Response:
        require_any_role(self.user, Role.ADMIN, Role.ENGINEER)
        asked(NoInput, request)
        found = queues()
        return self.answer({"results": [w.status for queue in found for w in queue.workers], "queues": found})
