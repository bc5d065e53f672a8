from django.db import migrations

REFUSE_CHANGE = """
    CREATE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'Cannot % rows from % table (%)', lower(TG_OP), TG_TABLE_NAME, TG_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END;
    $$;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION portal_refuse_change();")]
