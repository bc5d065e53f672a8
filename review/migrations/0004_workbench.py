import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_review_leads"),
        ("generation", "0005_contributors_of_rewrites"),
        ("review", "0003_workbench_functions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=4000, verbose_name="comment")),
                ("start", models.PositiveIntegerField(null=True)),
                ("end", models.PositiveIntegerField(null=True)),
                (
                    "mentions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("resolved_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="GoldItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("APPROVED", "Approved"),
                            ("CHANGES_REQUESTED", "Changes requested"),
                            ("REJECTED", "Rejected"),
                        ],
                        max_length=20,
                        verbose_name="right verdict",
                    ),
                ),
                ("explanation", models.CharField(max_length=500, verbose_name="why")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("retired_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PolicyStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(blank=True, max_length=60, verbose_name="name")),
                ("reviewers", models.PositiveSmallIntegerField(default=1, verbose_name="reviewers")),
                (
                    "rule",
                    models.CharField(
                        choices=[("majority", "More than half agree"), ("unanimous", "All agree")],
                        default="majority",
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="ReviewGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ReviewPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "blind",
                    models.BooleanField(default=False, verbose_name="reviewers do not see each other's verdicts"),
                ),
                (
                    "fact_check",
                    models.BooleanField(
                        default=False, verbose_name="approving needs the tick that the facts were checked"
                    ),
                ),
                (
                    "confirm_corrections",
                    models.BooleanField(default=False, verbose_name="a correction is confirmed by somebody else"),
                ),
                (
                    "second_opinion_percent",
                    models.PositiveSmallIntegerField(default=0, verbose_name="reviews with a second opinion"),
                ),
                ("gold_percent", models.PositiveSmallIntegerField(default=0, verbose_name="texts with a known answer")),
                ("due_hours", models.PositiveSmallIntegerField(default=72, verbose_name="hours until a review is due")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("query", models.CharField(max_length=1000)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AlterModelOptions(
            name="feedback",
            options={"ordering": ["pk"]},
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="feedback",
            name="immutable",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="feedback",
            name="before_decision",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="review",
            name="closed_is_final",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="review",
            name="subject_is_fixed",
        ),
        migrations.RemoveConstraint(
            model_name="review",
            name="review_once_a_draft",
        ),
        migrations.AddField(
            model_name="feedback",
            name="approved_draft",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="verdicts", to="generation.draft"
            ),
        ),
        migrations.AddField(
            model_name="feedback",
            name="draft",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="generation.draft"
            ),
        ),
        migrations.AddField(
            model_name="feedback",
            name="facts_checked",
            field=models.BooleanField(default=False, verbose_name="I have checked the facts"),
        ),
        migrations.AddField(
            model_name="feedback",
            name="given_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            model_name="feedback",
            name="kind",
            field=models.CharField(
                choices=[("review", "Review"), ("adjudication", "Adjudication")], default="review", max_length=12
            ),
        ),
        migrations.AddField(
            model_name="feedback",
            name="reviewer",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="feedback",
            name="seconds",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="feedback",
            name="step",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="feedback",
            name="undone_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="feedback",
            name="verdict",
            field=models.CharField(
                null=True,
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
        migrations.AddField(
            model_name="reasoncode",
            name="retired_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="assigned_to",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="barred",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="break_glass",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="review",
            name="channel",
            field=models.CharField(
                null=True,
                choices=[("product_page", "Product page"), ("email", "E-mail"), ("social", "Social post")],
                editable=False,
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="claimed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="current_draft",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="generation.draft",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="disputed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="review",
            name="due_at",
            field=models.DateTimeField(null=True, verbose_name="due"),
        ),
        migrations.AddField(
            model_name="review",
            name="escalated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="language",
            field=models.CharField(
                null=True, choices=[("en", "English"), ("zh", "Chinese")], editable=False, max_length=10
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="model",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="generation.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "Urgent"), (2, "High"), (3, "Normal"), (4, "Low")], default=3, verbose_name="priority"
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="prompt",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="generation.prompt",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="second_opinion",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="review",
            name="step",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AlterField(
            model_name="feedback",
            name="review",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="feedback", to="review.review"
            ),
        ),
        migrations.AlterField(
            model_name="reasoncode",
            name="code",
            field=models.SlugField(max_length=40, verbose_name="code"),
        ),
        migrations.AlterField(
            model_name="reasoncode",
            name="label_en",
            field=models.CharField(max_length=100, verbose_name="in English"),
        ),
        migrations.AlterField(
            model_name="reasoncode",
            name="label_zh",
            field=models.CharField(max_length=100, verbose_name="in Chinese"),
        ),
        migrations.AddField(
            model_name="comment",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="draft",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="generation.draft"
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="parent",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="review.comment"
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="resolved_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="review",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="review.review"
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="team",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"),
        ),
        migrations.AddField(
            model_name="golditem",
            name="created_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="golditem",
            name="draft",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="generation.draft"
            ),
        ),
        migrations.AddField(
            model_name="golditem",
            name="team",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"),
        ),
        migrations.AddField(
            model_name="review",
            name="gold",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviews",
                to="review.golditem",
            ),
        ),
        migrations.AddField(
            model_name="reviewgroup",
            name="members",
            field=models.ManyToManyField(blank=True, related_name="review_groups", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="reviewgroup",
            name="team",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"),
        ),
        migrations.AddField(
            model_name="policystep",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="review.reviewgroup",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="group",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="review.reviewgroup",
            ),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="adjudicators",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="review.reviewgroup",
            ),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="team",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.team"),
        ),
        migrations.AddField(
            model_name="policystep",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="review.reviewpolicy"
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="policy",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="review.reviewpolicy"
            ),
        ),
        migrations.AddField(
            model_name="savedfilter",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="saved_filters", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end", None), ("start", None)),
                    models.Q(("parent", None), ("start__lt", models.F("end"))),
                    _connector="OR",
                ),
                name="comment_span_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolved_at", None), ("resolved_by", None)),
                    models.Q(("parent", None), ("resolved_at__isnull", False), ("resolved_by__isnull", False)),
                    _connector="OR",
                ),
                name="comment_resolution_complete",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="comment",
            trigger=pgtrigger.compiler.Trigger(
                name="subject_is_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."team_id" IS DISTINCT FROM (NEW."team_id") OR OLD."review_id" IS DISTINCT FROM (NEW."review_id") OR OLD."draft_id" IS DISTINCT FROM (NEW."draft_id") OR OLD."parent_id" IS DISTINCT FROM (NEW."parent_id") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."start" IS DISTINCT FROM (NEW."start") OR OLD."end" IS DISTINCT FROM (NEW."end") OR OLD."mentions" IS DISTINCT FROM (NEW."mentions") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))',
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="fc2ea9419cc0638cb0ff6cac64491035a0efd860",
                    operation="UPDATE",
                    pgid="pgtrigger_subject_is_fixed_10527",
                    table="review_comment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="comment",
            trigger=pgtrigger.compiler.Trigger(
                name="no_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="740d45373185175f3274930878336a615e4a1682",
                    operation="DELETE",
                    pgid="pgtrigger_no_delete_b6262",
                    table="review_comment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="comment",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="27821cbe668061e023e4a398455f59017b0e64c1",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_3a77f",
                    table="review_comment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="comment",
            trigger=pgtrigger.compiler.Trigger(
                name="span_in_text",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_check_comment()",
                    func="RETURN NEW;",
                    hash="117ee2e4513075ff349e5e4caaffebb3f35a9706",
                    operation="INSERT",
                    pgid="pgtrigger_span_in_text_f3fdb",
                    table="review_comment",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="golditem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("retired_at", None)), fields=("draft",), name="gold_item_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="golditem",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ("APPROVED", "CHANGES_REQUESTED", "REJECTED"))),
                name="gold_verdict_known",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="golditem",
            trigger=pgtrigger.compiler.Trigger(
                name="subject_is_fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."team_id" IS DISTINCT FROM (NEW."team_id") OR OLD."draft_id" IS DISTINCT FROM (NEW."draft_id") OR OLD."verdict" IS DISTINCT FROM (NEW."verdict") OR OLD."explanation" IS DISTINCT FROM (NEW."explanation") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id"))',
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="340ea44c3d207d9e9fbfbc280d37c198fb1a36d8",
                    operation="UPDATE",
                    pgid="pgtrigger_subject_is_fixed_e25df",
                    table="review_golditem",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="golditem",
            trigger=pgtrigger.compiler.Trigger(
                name="no_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="fb8ce9a99f6f285169dd5ad0cda5b51f4864c2a0",
                    operation="DELETE",
                    pgid="pgtrigger_no_delete_0c549",
                    table="review_golditem",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="golditem",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="257984cb6d663cb7449c435480717dc5739718b7",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_a6435",
                    table="review_golditem",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewgroup",
            constraint=models.UniqueConstraint(fields=("team", "name"), name="review_group_once"),
        ),
        migrations.AddConstraint(
            model_name="reviewpolicy",
            constraint=models.UniqueConstraint(fields=("team", "number"), name="review_policy_number_once"),
        ),
        migrations.AddConstraint(
            model_name="reviewpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("due_hours__gte", 1), ("gold_percent__lte", 100), ("second_opinion_percent__lte", 100)
                ),
                name="review_policy_in_range",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reviewpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="969620d2a734758e351fea78feb12dcd474c3dbd",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_immutable_1522b",
                    table="review_reviewpolicy",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reviewpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="9aca779293c8c6f2101de6bfab59729d64b29d2a",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_a3bec",
                    table="review_reviewpolicy",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.UniqueConstraint(fields=("policy", "position"), name="policy_step_once"),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__range", (1, 5)), ("reviewers__range", (1, 5))),
                name="policy_step_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.CheckConstraint(
                condition=models.Q(("rule__in", ["majority", "unanimous"])), name="policy_step_rule_known"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policystep",
            trigger=pgtrigger.compiler.Trigger(
                name="immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="a28f5413966420f491e879cf61637482c7d271d8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_immutable_fd553",
                    table="review_policystep",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policystep",
            trigger=pgtrigger.compiler.Trigger(
                name="no_truncate",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    execute="portal_refuse_change()",
                    func="RETURN NEW;",
                    hash="752d9a2fc8e8f6aec536a8e854cbdfe3f7ef0e17",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_no_truncate_a93e5",
                    table="review_policystep",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.UniqueConstraint(fields=("user", "name"), name="saved_filter_once"),
        ),
    ]
