"""The Celery application: a queue for each model and one for the rest, no results, and messages that may be lost."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aigc_portal.settings")

app = Celery("aigc_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["aigc_portal.jobs", "aigc_portal.idempotency", "aigc_portal.notices", "generation", "review"])
# What a worker does beside tasks; the web process never imports it.
app.autodiscover_tasks(["generation"], related_name="worker")
