import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("review", "0007_search_entries"),
    ]

    operations = [
        RemoveIndexConcurrently(
            model_name="review",
            name="review_queue",
        ),
        AddIndexConcurrently(
            model_name="feedback",
            index=models.Index(fields=["review", "id"], name="feedback_by_review"),
        ),
        AddIndexConcurrently(
            model_name="feedback",
            index=models.Index(fields=["given_at"], name="feedback_by_time"),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                *("team", "priority", "due_at", "id", "language", "channel", "prompt", "model", "submitted_by"),
                condition=models.Q(("status__in", ("PENDING", "IN_REVIEW"))),
                name="review_queue",
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                *("team", "priority", "due_at", "id", Coalesce("group", 0)),
                *("assigned_to", "language", "channel", "prompt", "model", "submitted_by"),
                condition=models.Q(("status", "PENDING")),
                name="review_next",
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                condition=models.Q(("status", "IN_REVIEW")),
                fields=["team", "priority", "due_at", "id"],
                name="review_in_hand",
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                condition=models.Q(("disputed", True), ("status__in", ("PENDING", "IN_REVIEW"))),
                fields=["team", "priority", "due_at", "id"],
                name="review_disputed",
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                condition=models.Q(("status", "IN_REVIEW")), fields=["claimed_by", "claimed_until"], name="review_held"
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                condition=models.Q(("assigned_to__isnull", False), ("status__in", ("PENDING", "IN_REVIEW"))),
                fields=["assigned_to", "priority", "due_at", "id"],
                name="review_assigned",
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                condition=models.Q(("escalated_at", None), ("status__in", ("PENDING", "IN_REVIEW"))),
                fields=["due_at"],
                name="review_due",
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                condition=models.Q(("status__in", ("APPROVED", "CHANGES_REQUESTED", "REJECTED"))),
                fields=["decided_by", "-decided_at", "-id"],
                name="review_decided_by",
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                condition=models.Q(("approved_draft__isnull", False)), fields=["approved_draft"], name="review_approval"
            ),
        ),
        AddIndexConcurrently(model_name="review", index=models.Index(fields=["team", "-id"], name="review_newest")),
        AddIndexConcurrently(
            model_name="searchentry",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="search_entry_words"),
        ),
    ]
