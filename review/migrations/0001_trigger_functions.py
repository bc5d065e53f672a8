from django.db import migrations

CHECK_DECISION = """
    CREATE FUNCTION portal_check_decision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.decided_by_id = ANY (SELECT unnest(contributors) FROM generation_draft WHERE id = NEW.draft_id) THEN
            RAISE EXCEPTION 'user % wrote or asked for draft % and may not decide on it', NEW.decided_by_id, NEW.draft_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'review_four_eyes';
        END IF;
        IF NEW.approved_draft_id IS NOT NULL AND NEW.approved_draft_id <> NEW.draft_id AND NOT EXISTS (
            SELECT 1 FROM generation_draft
            WHERE id = NEW.approved_draft_id AND parent_id = NEW.draft_id AND author_id = NEW.decided_by_id
        ) THEN
            RAISE EXCEPTION 'draft % is neither the submitted draft nor the decider''s correction', NEW.approved_draft_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'review_approves_submitted';
        END IF;
        IF NEW.status IN ('CHANGES_REQUESTED', 'REJECTED') AND NOT EXISTS (
            SELECT 1 FROM review_feedbackreason AS given JOIN review_feedback AS feedback ON feedback.id = given.feedback_id
            WHERE feedback.review_id = NEW.id
        ) THEN
            RAISE EXCEPTION 'review % is refused without a reason', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'review_refusal_has_reason';
        END IF;
        RETURN NEW;
    END;
    $$;
"""

# Feedback comes with its decision, in one transaction: first what is said, then the status. Nothing can be added later.
CHECK_FEEDBACK = """
    CREATE FUNCTION portal_feedback_before_decision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM review_review WHERE id = NEW.review_id AND status <> 'IN_REVIEW') THEN
            RAISE EXCEPTION 'review % is not open for feedback', NEW.review_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'feedback_before_decision';
        END IF;
        RETURN NEW;
    END;
    $$;
    CREATE FUNCTION portal_reason_before_decision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM review_feedback AS feedback JOIN review_review AS review ON review.id = feedback.review_id
            WHERE feedback.id = NEW.feedback_id AND review.status <> 'IN_REVIEW'
        ) THEN
            RAISE EXCEPTION 'the review of feedback % is not open', NEW.feedback_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'reason_before_decision';
        END IF;
        RETURN NEW;
    END;
    $$;
"""
DROP = """
    DROP FUNCTION portal_check_decision();
    DROP FUNCTION portal_feedback_before_decision();
    DROP FUNCTION portal_reason_before_decision();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("generation", "0001_trigger_functions")]

    operations = [migrations.RunSQL(CHECK_DECISION + CHECK_FEEDBACK, DROP)]
