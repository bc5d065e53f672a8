"""Verdicts from before they knew their team: each gets that of its review. The trigger of 0009 fills in the new ones."""

from django.db import migrations

TEAMS = """
    UPDATE review_feedback AS feedback SET team_id = review.team_id
    FROM review_review AS review WHERE review.id = feedback.review_id AND feedback.team_id IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0009_team_of_feedback")]

    operations = [migrations.RunSQL(TEAMS)]
