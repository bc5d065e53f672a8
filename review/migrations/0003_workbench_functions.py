"""What PostgreSQL holds of reviews with several steps, corrections, texts with a known answer, and comments."""

from django.db import migrations

# English words as their stems; Chinese as pairs of neighbouring characters, and the last character of a passage alone.
# Full-width letters and other forms of a character are the same character (NFKC). review/search.py asks in these words.
SEARCH = r"""
    CREATE FUNCTION portal_search_vector(content text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT to_tsvector('english'::regconfig, regexp_replace(normalize(content, NFKC), '[㐀-䶿一-鿿豈-﫿]+', ' ', 'g'))
            || array_to_tsvector(ARRAY(
                SELECT DISTINCT substr(passage[1], place, 2)
                FROM regexp_matches(normalize(content, NFKC), '([㐀-䶿一-鿿豈-﫿]+)', 'g') AS passage,
                    generate_series(1, length(passage[1])) AS place
            ))
    $$;
"""

DESCRIBE = """
    CREATE FUNCTION portal_describe_review() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        subject record;
    BEGIN
        IF NEW.decided_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a review of draft % cannot begin with its decision', NEW.draft_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'review_begins_open';
        END IF;
        SELECT draft.contributors, draft.text, brief.title, brief.language, brief.channel, version.prompt_id INTO subject
        FROM generation_draft AS draft
        JOIN generation_brief AS brief ON brief.id = draft.brief_id
        JOIN generation_promptversion AS version ON version.id = brief.prompt_version_id
        WHERE draft.id = NEW.draft_id;
        NEW.current_draft_id := NEW.draft_id;
        NEW.barred := subject.contributors;
        NEW.language := subject.language;
        NEW.channel := subject.channel;
        NEW.prompt_id := subject.prompt_id;
        WITH RECURSIVE line AS (
            SELECT parent_id, run_id FROM generation_draft WHERE id = NEW.draft_id
            UNION ALL
            SELECT parent.parent_id, parent.run_id FROM generation_draft AS parent JOIN line ON parent.id = line.parent_id
        )
        SELECT run.model_id INTO NEW.model_id FROM line JOIN generation_generationrun AS run ON run.id = line.run_id;
        IF NEW.gold_id IS NULL THEN
            SELECT group_id INTO NEW.group_id FROM review_policystep
            WHERE policy_id = NEW.policy_id AND position = NEW.step;
        END IF;
        INSERT INTO review_searchentry (review_id, words)
        VALUES (NEW.id, portal_search_vector(subject.title || E'\\n' || subject.text));
        RETURN NEW;
    END;
    $$;
"""

# Fifteen seconds: the ten that people are shown, and the way of the request. Who takes a decision back is under the
# policy again: broken glass breaks it for one decision only.
CLOSED = """
    CREATE FUNCTION portal_closed_review() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.decided_at > clock_timestamp() - interval '15 seconds' AND NEW.status = 'IN_REVIEW'
            AND NEW.claimed_by_id = OLD.decided_by_id
        THEN
            NEW.break_glass := '';
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'Cannot update rows from review_review table (closed_is_final)'
            USING ERRCODE = 'integrity_constraint_violation';
    END;
    $$;
"""

# The text under review changes by its holder's correction, and back where that is taken back.
TEXT = """
    CREATE FUNCTION portal_check_current_draft() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.status = 'IN_REVIEW' AND EXISTS (
            SELECT 1 FROM generation_draft
            WHERE id = NEW.current_draft_id AND parent_id = OLD.current_draft_id AND author_id = OLD.claimed_by_id
        ) THEN
            RETURN NEW;
        END IF;
        IF OLD.status <> 'IN_REVIEW' AND NEW.status = 'IN_REVIEW' AND EXISTS (
            SELECT 1 FROM generation_draft
            WHERE id = OLD.current_draft_id AND parent_id = NEW.current_draft_id AND author_id = NEW.claimed_by_id
        ) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'draft % is no correction of draft % by its reviewer', NEW.current_draft_id, OLD.current_draft_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_text_is_corrected';
    END;
    $$;
"""

DECISION = """
    CREATE OR REPLACE FUNCTION portal_check_decision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.break_glass = '' AND NEW.decided_by_id = ANY (
            SELECT unnest(contributors) FROM generation_draft WHERE id = NEW.draft_id
        ) THEN
            RAISE EXCEPTION 'user % wrote or asked for draft % and may not decide on it', NEW.decided_by_id, NEW.draft_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'review_four_eyes';
        END IF;
        IF NEW.approved_draft_id IS NOT NULL AND NEW.approved_draft_id <> NEW.current_draft_id THEN
            RAISE EXCEPTION 'draft % is not the text under review', NEW.approved_draft_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'review_approves_current';
        END IF;
        IF NEW.status IN ('CHANGES_REQUESTED', 'REJECTED') AND NOT EXISTS (
            SELECT 1 FROM review_feedbackreason AS given JOIN review_feedback AS feedback ON feedback.id = given.feedback_id
            WHERE feedback.review_id = NEW.id AND feedback.undone_at IS NULL AND feedback.verdict = NEW.status
                AND feedback.draft_id = NEW.current_draft_id
        ) THEN
            RAISE EXCEPTION 'review % is refused without a reason', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'review_refusal_has_reason';
        END IF;
        IF NEW.status IN ('CHANGES_REQUESTED', 'REJECTED') AND NEW.break_glass = '' AND NEW.gold_id IS NULL AND NOT EXISTS (
            SELECT 1
            FROM review_policystep AS step
            CROSS JOIN LATERAL (
                SELECT count(*) AS refusals, count(*) FILTER (WHERE kind = 'adjudication') AS adjudications
                FROM review_feedback
                WHERE review_id = NEW.id AND undone_at IS NULL AND verdict = NEW.status
                    AND draft_id = NEW.current_draft_id AND review_feedback.step = step.position
            ) AS given
            CROSS JOIN LATERAL (
                SELECT step.reviewers + (NEW.second_opinion AND step.position = 1)::int AS reviewers
            ) AS wanted
            WHERE step.policy_id = NEW.policy_id AND (
                given.adjudications > 0
                OR given.refusals >= CASE step.rule WHEN 'unanimous' THEN wanted.reviewers ELSE wanted.reviewers / 2 + 1 END
            )
        ) THEN
            RAISE EXCEPTION 'no step of the policy of review % refuses its text', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'review_step_refuses';
        END IF;
        IF NEW.status = 'APPROVED' AND NEW.break_glass = '' AND NEW.gold_id IS NULL AND EXISTS (
            SELECT 1
            FROM review_policystep AS step
            JOIN review_reviewpolicy AS policy ON policy.id = step.policy_id
            CROSS JOIN LATERAL (
                SELECT
                    count(*) AS approvals,
                    count(*) FILTER (WHERE kind = 'adjudication') AS adjudications
                FROM review_feedback
                WHERE review_id = NEW.id AND undone_at IS NULL AND approved_draft_id = NEW.approved_draft_id
                    AND review_feedback.step = step.position
                    AND NOT (policy.confirm_corrections AND draft_id <> approved_draft_id)
            ) AS given
            CROSS JOIN LATERAL (
                SELECT step.reviewers + (NEW.second_opinion AND step.position = 1)::int AS reviewers
            ) AS wanted
            WHERE step.policy_id = NEW.policy_id AND given.adjudications = 0
                AND given.approvals < CASE step.rule WHEN 'unanimous' THEN wanted.reviewers ELSE wanted.reviewers / 2 + 1 END
        ) THEN
            RAISE EXCEPTION 'review % has not passed every step of its policy', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'review_steps_passed';
        END IF;
        IF NEW.status IN ('APPROVED', 'CHANGES_REQUESTED', 'REJECTED') AND NOT EXISTS (
            SELECT 1 FROM review_feedback
            WHERE review_id = NEW.id AND undone_at IS NULL AND reviewer_id = NEW.decided_by_id AND verdict = NEW.status
                AND coalesce(approved_draft_id, draft_id) = NEW.current_draft_id
        ) THEN
            RAISE EXCEPTION 'user % has not given this verdict on review %', NEW.decided_by_id, NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'review_decision_said';
        END IF;
        RETURN NEW;
    END;
    $$;
"""

FEEDBACK = """
    CREATE FUNCTION portal_check_feedback() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        review record;
    BEGIN
        SELECT held.status, held.claimed_by_id, held.current_draft_id, held.break_glass, policy.fact_check,
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
        RETURN NEW;
    END;
    $$;
"""

# A verdict is taken back once, within the same seconds as the decision that it made, or by a decision against the rules.
UNDO = """
    CREATE FUNCTION portal_check_undo() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.undone_at IS NOT NULL OR (
            OLD.given_at < clock_timestamp() - interval '15 seconds'
            AND NOT EXISTS (SELECT 1 FROM review_review WHERE id = OLD.review_id AND break_glass <> '')
        ) THEN
            RAISE EXCEPTION 'feedback % cannot be taken back any more', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'feedback_undone_in_time';
        END IF;
        RETURN NEW;
    END;
    $$;
"""

COMMENT = """
    CREATE FUNCTION portal_check_comment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.start IS NULL) <> (NEW."end" IS NULL) THEN
            RAISE EXCEPTION 'a marked passage needs both its ends'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'comment_span_complete';
        END IF;
        IF NEW."end" > (SELECT char_length(text) FROM generation_draft WHERE id = NEW.draft_id) THEN
            RAISE EXCEPTION 'the text of draft % ends before %', NEW.draft_id, NEW."end"
                USING ERRCODE = 'check_violation', CONSTRAINT = 'comment_span_in_text';
        END IF;
        IF NEW.parent_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM review_comment WHERE id = NEW.parent_id AND review_id = NEW.review_id AND parent_id IS NULL
        ) THEN
            RAISE EXCEPTION 'comment % begins no thread of review %', NEW.parent_id, NEW.review_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'comment_answers_thread';
        END IF;
        RETURN NEW;
    END;
    $$;
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0002_initial")]

    operations = [migrations.RunSQL(SEARCH + DESCRIBE + CLOSED + TEXT + DECISION + FEEDBACK + UNDO + COMMENT)]
