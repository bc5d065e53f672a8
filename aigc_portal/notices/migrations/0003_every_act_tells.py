"""Every act leaves a notice: what is unread or being mailed refuses no other."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# As Django writes them for the constraint, but without a lock that keeps people from being told.
DROP = 'DROP INDEX CONCURRENTLY IF EXISTS "notice_once"'
CREATE = """
CREATE UNIQUE INDEX CONCURRENTLY "notice_once" ON "notices_notice" ("target_type", "target_id", "kind", "user_id")
WHERE ("mailed_at" IS NULL AND "read_at" IS NULL)
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("notices", "0002_mail_attempts")]

    operations = [
        AddIndexConcurrently(
            model_name="notice",
            index=models.Index(
                fields=["target_type", "target_id"],
                condition=models.Q(("mailed_at", None), ("read_at", None)),
                name="notice_by_target",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(DROP, reverse_sql=CREATE)],
            state_operations=[migrations.RemoveConstraint(model_name="notice", name="notice_once")],
        ),
    ]
