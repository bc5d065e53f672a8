import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0002_review_leads"),
        ("review", "0010_teams_so_far"),
    ]

    operations = [
        migrations.AlterField(
            model_name="feedback",
            name="team",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.team",
            ),
        ),
        pgtrigger.migrations.RemoveTrigger(model_name="feedback", name="subject_is_fixed"),
        pgtrigger.migrations.AddTrigger(
            model_name="feedback",
            trigger=pgtrigger.compiler.Trigger(
                name="subject_is_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."review_id" IS DISTINCT FROM (NEW."review_id") OR OLD."team_id" IS DISTINCT FROM (NEW."team_id") OR OLD."reviewer_id" IS DISTINCT FROM (NEW."reviewer_id") OR OLD."step" IS DISTINCT FROM (NEW."step") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."verdict" IS DISTINCT FROM (NEW."verdict") OR OLD."draft_id" IS DISTINCT FROM (NEW."draft_id") OR OLD."approved_draft_id" IS DISTINCT FROM (NEW."approved_draft_id") OR OLD."facts_checked" IS DISTINCT FROM (NEW."facts_checked") OR OLD."accuracy" IS DISTINCT FROM (NEW."accuracy") OR OLD."brand_fit" IS DISTINCT FROM (NEW."brand_fit") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."comment" IS DISTINCT FROM (NEW."comment") OR OLD."seconds" IS DISTINCT FROM (NEW."seconds") OR OLD."given_at" IS DISTINCT FROM (NEW."given_at"))',
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="4bf426917f2f2b549913dffcd048fc86f8bc2180",
                    operation="UPDATE",
                    pgid="pgtrigger_subject_is_fixed_be3cd",
                    table="review_feedback",
                    when="BEFORE",
                ),
            ),
        ),
        AddIndexConcurrently(
            model_name="feedback",
            index=models.Index(fields=["team", "given_at"], name="feedback_of_period"),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                condition=models.Q(("status__in", ("APPROVED", "CHANGES_REQUESTED", "REJECTED"))),
                fields=["team", "-decided_at", "-id"],
                include=(
                    "gold",
                    "submitted_at",
                    "status",
                    "language",
                    "model",
                    "prompt",
                    "draft",
                    "approved_draft",
                ),
                name="review_decisions",
            ),
        ),
        AddIndexConcurrently(
            model_name="review",
            index=models.Index(
                condition=models.Q(("break_glass", ""), _negated=True), fields=["team"], name="review_broken_glass"
            ),
        ),
        RemoveIndexConcurrently(model_name="feedback", name="feedback_by_time"),
        RemoveIndexConcurrently(model_name="review", name="review_decided"),
    ]
