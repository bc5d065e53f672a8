from django.db import migrations

# Whoever contributed to the draft that a run was asked to rewrite contributed to what it writes.
REWRITES = """
    CREATE OR REPLACE FUNCTION portal_describe_draft() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        before bigint[] := '{}';
    BEGIN
        IF NEW.parent_id IS NOT NULL THEN
            SELECT contributors INTO before FROM generation_draft WHERE id = NEW.parent_id;
        ELSE
            SELECT ARRAY[run.requested_by_id, brief.author_id] || coalesce(revised.contributors, '{}') INTO before
            FROM generation_generationrun AS run
            JOIN generation_brief AS brief ON brief.id = run.brief_id
            LEFT JOIN generation_draft AS revised ON revised.id = run.revises_id
            WHERE run.id = NEW.run_id;
            IF NEW.author_id IS DISTINCT FROM before[1] THEN
                RAISE EXCEPTION 'the author of a draft of run % is who asked for it', NEW.run_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'draft_author_asked';
            END IF;
        END IF;
        NEW.contributors := ARRAY(SELECT DISTINCT id FROM unnest(before || NEW.author_id) AS id ORDER BY id);
        NEW.sha256 := encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex');
        RETURN NEW;
    END;
    $$;
"""
WITHOUT_REWRITES = REWRITES.replace(" || coalesce(revised.contributors, '{}')", "").replace(
    "            LEFT JOIN generation_draft AS revised ON revised.id = run.revises_id\n", ""
)


class Migration(migrations.Migration):
    dependencies = [("generation", "0004_run_by_team")]

    operations = [migrations.RunSQL(REWRITES, WITHOUT_REWRITES)]
