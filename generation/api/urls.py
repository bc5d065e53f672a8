from typing import Any

from django.urls import path

from generation.api.briefs import Briefs
from generation.api.drafts import Drafts
from generation.api.limits import Limits
from generation.api.model_versions import Engine, ModelVersions
from generation.api.prompts import Prompts
from generation.api.runs import Runs
from generation.api.workers import Workers

LIST: dict[str, Any] = {"get": "list"}
ONE: dict[str, Any] = {"get": "retrieve"}

urlpatterns = [
    path("prompts/", Prompts.as_view(LIST), name="api-prompts"),
    path("prompts/<int:pk>/", Prompts.as_view(ONE), name="api-prompt"),
    path("briefs/", Briefs.as_view(LIST | {"post": "create"}), name="api-briefs"),
    path("briefs/<int:pk>/", Briefs.as_view(ONE | {"patch": "partial_update"}), name="api-brief"),
    path("briefs/<int:brief>/runs/", Runs.as_view({"post": "start"}), name="api-brief-runs"),
    path("briefs/<int:brief>/comparisons/", Runs.as_view({"post": "compare"}), name="api-brief-comparisons"),
    path("runs/", Runs.as_view(LIST), name="api-runs"),
    path("runs/<int:pk>/", Runs.as_view(ONE), name="api-run"),
    path("runs/<int:pk>/cancel/", Runs.as_view({"post": "cancel"}), name="api-run-cancel"),
    path("runs/<int:pk>/repeat/", Runs.as_view({"post": "repeat"}), name="api-run-repeat"),
    path("drafts/", Drafts.as_view(LIST), name="api-drafts"),
    path("drafts/<int:pk>/", Drafts.as_view(ONE), name="api-draft"),
    path("drafts/<int:pk>/edits/", Drafts.as_view({"post": "edit"}), name="api-draft-edits"),
    path("drafts/<int:draft>/regenerations/", Runs.as_view({"post": "rewrite"}), name="api-draft-regenerations"),
    path("models/", ModelVersions.as_view(LIST), name="api-models"),
    path("models/<int:pk>/", ModelVersions.as_view(ONE), name="api-model"),
    path("workers/", Workers.as_view(), name="api-workers"),
    path("limits/", Limits.as_view(LIST), name="api-limits"),
    path("limits/<int:pk>/", Limits.as_view(ONE | {"patch": "partial_update"}), name="api-limit"),
    path("engine/", Engine.as_view(), name="api-engine"),
]
