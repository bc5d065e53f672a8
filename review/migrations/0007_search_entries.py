"""The words of a review stand in a table of their own, which no claim writes to."""

import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

SEARCH_ENTRIES = """
    INSERT INTO review_searchentry (review_id, words)
    SELECT review.id, portal_search_vector(brief.title || E'\\n' || draft.text)
    FROM review_review AS review
    JOIN generation_draft AS draft ON draft.id = review.draft_id
    JOIN generation_brief AS brief ON brief.id = draft.brief_id
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0006_workbench_rules")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="review.review",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField(editable=False)),
            ],
        ),
        migrations.RunSQL(SEARCH_ENTRIES),
    ]
