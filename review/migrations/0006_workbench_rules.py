import django.db.models.deletion
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0005_reviews_so_far"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="feedback",
            name="draft",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="generation.draft"
            ),
        ),
        migrations.AlterField(
            model_name="feedback",
            name="reviewer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="feedback",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("PENDING", "Waiting for review"),
                    ("IN_REVIEW", "In review"),
                    ("APPROVED", "Approved"),
                    ("CHANGES_REQUESTED", "Changes requested"),
                    ("REJECTED", "Rejected"),
                    ("WITHDRAWN", "Withdrawn"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="channel",
            field=models.CharField(
                choices=[("product_page", "Product page"), ("email", "E-mail"), ("social", "Social post")],
                editable=False,
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="current_draft",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="generation.draft"
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="due_at",
            field=models.DateTimeField(verbose_name="due"),
        ),
        migrations.AlterField(
            model_name="review",
            name="language",
            field=models.CharField(choices=[("en", "English"), ("zh", "Chinese")], editable=False, max_length=10),
        ),
        migrations.AlterField(
            model_name="review",
            name="prompt",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="generation.prompt",
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="review.reviewpolicy"
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="team",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="draft",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviews",
                to="generation.draft",
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="submitted_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="claimed_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="decided_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="review",
            name="approved_draft",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approvals",
                to="generation.draft",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feedback",
            trigger=pgtrigger.compiler.Trigger(
                name="no_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="66aff38a6d1a89b9dab3aef8bfc57bcded0a8089",
                    operation="DELETE",
                    pgid="pgtrigger_no_delete_4775e",
                    table="review_feedback",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feedback",
            trigger=pgtrigger.compiler.Trigger(
                name="subject_is_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."review_id" IS DISTINCT FROM (NEW."review_id") OR OLD."reviewer_id" IS DISTINCT FROM (NEW."reviewer_id") OR OLD."step" IS DISTINCT FROM (NEW."step") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."verdict" IS DISTINCT FROM (NEW."verdict") OR OLD."draft_id" IS DISTINCT FROM (NEW."draft_id") OR OLD."approved_draft_id" IS DISTINCT FROM (NEW."approved_draft_id") OR OLD."facts_checked" IS DISTINCT FROM (NEW."facts_checked") OR OLD."accuracy" IS DISTINCT FROM (NEW."accuracy") OR OLD."brand_fit" IS DISTINCT FROM (NEW."brand_fit") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."comment" IS DISTINCT FROM (NEW."comment") OR OLD."seconds" IS DISTINCT FROM (NEW."seconds") OR OLD."given_at" IS DISTINCT FROM (NEW."given_at"))',
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="6773ba6b68c679b20b0004579bc702a1dfabf4a9",
                    operation="UPDATE",
                    pgid="pgtrigger_subject_is_fixed_be3cd",
                    table="review_feedback",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feedback",
            trigger=pgtrigger.compiler.Trigger(
                name="undone_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."undone_at" IS DISTINCT FROM (NEW."undone_at"))',
                    execute="portal_check_undo()",
                    func="RETURN NEW;",
                    hash="fd1e46e1779ee4d4710ebdd99b70b19b682a7f93",
                    operation="UPDATE",
                    pgid="pgtrigger_undone_once_27008",
                    table="review_feedback",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="feedback",
            trigger=pgtrigger.compiler.Trigger(
                name="before_decision",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_check_feedback()",
                    func="RETURN NEW;",
                    hash="28644122b37b294e0c8f0ce58a1452d75c8c5eef",
                    operation="INSERT",
                    pgid="pgtrigger_before_decision_e95f0",
                    table="review_feedback",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="review",
            trigger=pgtrigger.compiler.Trigger(
                name="describe",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_describe_review()",
                    func="RETURN NEW;",
                    hash="f0c3f9ac7b79ab536a12a8f8712f577e935796a9",
                    operation="INSERT",
                    pgid="pgtrigger_describe_a9d9a",
                    table="review_review",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="review",
            trigger=pgtrigger.compiler.Trigger(
                name="closed_is_final",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"status\" IN ('APPROVED', 'CHANGES_REQUESTED', 'REJECTED', 'WITHDRAWN'))",
                    execute="portal_closed_review()",
                    func="RETURN NEW;",
                    hash="8dd1ac8de0aa3c07c8e46deaefda6766e4cf327e",
                    operation="UPDATE",
                    pgid="pgtrigger_closed_is_final_b4e6c",
                    table="review_review",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="review",
            trigger=pgtrigger.compiler.Trigger(
                name="subject_is_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."draft_id" IS DISTINCT FROM (NEW."draft_id") OR OLD."submitted_by_id" IS DISTINCT FROM (NEW."submitted_by_id") OR OLD."team_id" IS DISTINCT FROM (NEW."team_id") OR OLD."policy_id" IS DISTINCT FROM (NEW."policy_id") OR OLD."gold_id" IS DISTINCT FROM (NEW."gold_id") OR OLD."second_opinion" IS DISTINCT FROM (NEW."second_opinion") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."prompt_id" IS DISTINCT FROM (NEW."prompt_id") OR OLD."model_id" IS DISTINCT FROM (NEW."model_id"))',
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="ab23771b7abddaa9f17a3756b570045cbfb60fef",
                    operation="UPDATE",
                    pgid="pgtrigger_subject_is_fixed_c286d",
                    table="review_review",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="review",
            trigger=pgtrigger.compiler.Trigger(
                name="check_text",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."current_draft_id" IS DISTINCT FROM (NEW."current_draft_id"))',
                    execute="portal_check_current_draft()",
                    func="RETURN NEW;",
                    hash="73cccddccaf72806564298ba97a75461f032c848",
                    operation="UPDATE",
                    pgid="pgtrigger_check_text_80fbc",
                    table="review_review",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="feedback",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ("APPROVED", "CHANGES_REQUESTED", "REJECTED"))),
                name="feedback_verdict_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_draft__isnull", False), ("verdict", "APPROVED")),
                    models.Q(models.Q(("verdict", "APPROVED"), _negated=True), ("approved_draft__isnull", True)),
                    _connector="OR",
                ),
                name="feedback_approval_names_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedback",
            constraint=models.UniqueConstraint(
                models.F("review"),
                models.F("reviewer"),
                django.db.models.functions.comparison.Coalesce(models.F("approved_draft"), models.F("draft")),
                condition=models.Q(("undone_at", None)),
                name="feedback_once_a_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("status", "WITHDRAWN"), _negated=True), ("gold", None)),
                fields=("draft",),
                name="review_once_a_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                condition=models.Q(("gold__isnull", False)),
                fields=("gold", "assigned_to"),
                name="review_gold_once_a_reviewer",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("priority__in", [1, 2, 3, 4])), name="review_priority_known"
            ),
        ),
    ]
