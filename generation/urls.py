"""The pages of the machine side: briefs, runs, drafts, prompts and models."""

from django.urls import path

from generation.views import (
    brief_page,
    brief_writing,
    briefs,
    comparison,
    drafts,
    limits,
    models,
    prompts,
    rewriting,
    runs,
    streaming,
    workers,
)

app_name = "generation"
urlpatterns = [
    path("briefs/", briefs.briefs, name="briefs"),
    path("briefs/new/", brief_writing.choose_prompt, name="new-brief"),
    path("briefs/new/<int:version_pk>/", brief_writing.new_brief, name="new-brief-from"),
    path("briefs/<int:pk>/", brief_page.brief, name="brief"),
    path("briefs/<int:pk>/edit/", brief_writing.edit, name="edit-brief"),
    path("briefs/<int:pk>/generate/", brief_page.generate, name="generate"),
    path("briefs/<int:pk>/compare/", comparison.comparison, name="comparison"),
    path("runs/<int:pk>/", runs.run, name="generationrun"),
    path("runs/<int:pk>/panel/", runs.panel, name="run-panel"),
    path("runs/<int:pk>/stream/", streaming.stream, name="run-stream"),
    path("runs/<int:pk>/cancel/", runs.cancel, name="cancel-run"),
    path("runs/<int:pk>/repeat/", runs.repeat, name="repeat-run"),
    path("drafts/<int:pk>/", drafts.draft, name="draft"),
    path("drafts/<int:pk>/edit/", drafts.edit, name="edit-draft"),
    path("drafts/<int:pk>/regenerate/", rewriting.rewrite, name="rewrite-draft"),
    path("prompts/", prompts.prompts, name="prompts"),
    path("prompts/<int:pk>/", prompts.prompt, name="prompt"),
    path("models/", models.model_versions, name="modelversions"),
    path("models/<int:pk>/", models.model_version, name="modelversion"),
    path("workers/", workers.workers, name="workers"),
    path("limits/", limits.limits, name="limits"),
    path("limits/<int:pk>/", limits.set_limit, name="set-limit"),
    path("engine/notice/", models.engine_notice, name="engine-notice"),
]
