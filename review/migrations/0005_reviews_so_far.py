"""Reviews from before there were policies: each team gets one step with one reviewer, which is what it had."""

from django.db import migrations

POLICIES = """
    INSERT INTO review_reviewpolicy (team_id, number, blind, fact_check, confirm_corrections, second_opinion_percent,
        gold_percent, due_hours)
    SELECT id, 1, false, false, false, 0, 0, 72 FROM accounts_team;
    INSERT INTO review_policystep (policy_id, position, name, reviewers, rule)
    SELECT id, 1, '', 1, 'majority' FROM review_reviewpolicy;
"""

# The triggers guard what people do; here a decision keeps its words and only says more of itself.
REVIEWS = """
    ALTER TABLE review_review DISABLE TRIGGER USER;
    UPDATE review_review AS review SET
        policy_id = policy.id,
        current_draft_id = coalesce(review.approved_draft_id, review.draft_id),
        barred = draft.contributors,
        due_at = interval '72 hours'
            + CASE WHEN review.decided_at IS NULL THEN greatest(review.submitted_at, now()) ELSE review.submitted_at END,
        language = brief.language,
        channel = brief.channel,
        prompt_id = version.prompt_id,
        model_id = (
            WITH RECURSIVE line AS (
                SELECT draft.parent_id, draft.run_id
                UNION ALL
                SELECT parent.parent_id, parent.run_id FROM generation_draft AS parent JOIN line ON parent.id = line.parent_id
            )
            SELECT run.model_id FROM line JOIN generation_generationrun AS run ON run.id = line.run_id
        )
    FROM generation_draft AS draft, generation_brief AS brief, generation_promptversion AS version,
        review_reviewpolicy AS policy
    WHERE draft.id = review.draft_id AND brief.id = draft.brief_id AND version.id = brief.prompt_version_id
        AND policy.team_id = review.team_id;
    UPDATE review_feedback AS feedback SET
        reviewer_id = review.decided_by_id,
        verdict = review.status,
        draft_id = review.draft_id,
        approved_draft_id = review.approved_draft_id,
        given_at = review.decided_at
    FROM review_review AS review WHERE review.id = feedback.review_id;
    SET CONSTRAINTS ALL IMMEDIATE;
    ALTER TABLE review_review ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0004_workbench")]

    operations = [migrations.RunSQL(POLICIES + REVIEWS)]
