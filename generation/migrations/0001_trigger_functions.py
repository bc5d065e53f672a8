from django.db import migrations

# Who contributed to a draft: the authors of it and of its ancestors; for a model's draft whoever asked for the run and
# whoever wrote the brief.
DESCRIBE_DRAFT = """
    CREATE FUNCTION portal_describe_draft() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        before bigint[] := '{}';
    BEGIN
        IF NEW.parent_id IS NOT NULL THEN
            SELECT contributors INTO before FROM generation_draft WHERE id = NEW.parent_id;
        ELSE
            SELECT ARRAY[run.requested_by_id, brief.author_id] INTO before
            FROM generation_generationrun AS run JOIN generation_brief AS brief ON brief.id = run.brief_id
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


class Migration(migrations.Migration):
    initial = True

    dependencies = [("audit", "0001_trigger_functions")]

    operations = [migrations.RunSQL(DESCRIBE_DRAFT, "DROP FUNCTION portal_describe_draft();")]
