from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("generation", "0003_fair_runs")]

    operations = [
        AddIndexConcurrently(
            model_name="generationrun",
            index=models.Index(fields=["team", "queued_at"], name="run_by_team"),
        ),
    ]
