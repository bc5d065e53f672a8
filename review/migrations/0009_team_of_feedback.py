import django.db.models.deletion
from django.db import migrations, models

FEEDBACK = """
    CREATE OR REPLACE FUNCTION portal_check_feedback() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        review record;
    BEGIN
        SELECT held.team_id, held.status, held.claimed_by_id, held.current_draft_id, held.break_glass, policy.fact_check,
            draft.contributors INTO review
        FROM review_review AS held
        JOIN review_reviewpolicy AS policy ON policy.id = held.policy_id
        JOIN generation_draft AS draft ON draft.id = held.draft_id
        WHERE held.id = NEW.review_id;
        IF review.status <> 'IN_REVIEW' OR review.claimed_by_id <> NEW.reviewer_id THEN
            RAISE EXCEPTION 'review % is not in the hands of user %', NEW.review_id, NEW.reviewer_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'feedback_before_decision';
        END IF;
        IF NEW.draft_id <> review.current_draft_id THEN
            RAISE EXCEPTION 'draft % is not the text of review %', NEW.draft_id, NEW.review_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'feedback_on_current_text';
        END IF;
        IF review.break_glass = '' AND NEW.reviewer_id = ANY (review.contributors) THEN
            RAISE EXCEPTION 'user % contributed to the text of review %', NEW.reviewer_id, NEW.review_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'feedback_four_eyes';
        END IF;
        IF review.break_glass = '' AND review.fact_check AND NEW.verdict = 'APPROVED' AND NOT NEW.facts_checked THEN
            RAISE EXCEPTION 'the facts of review % were not checked', NEW.review_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'feedback_facts_checked';
        END IF;
        NEW.team_id := review.team_id;
        RETURN NEW;
    END;
    $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_review_leads"),
        ("review", "0008_workbench_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="feedback",
            name="team",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.team",
            ),
        ),
        migrations.RunSQL(FEEDBACK),
    ]
