from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_notices")]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="mail_attempts",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="notice",
            name="next_mail_at",
            field=models.DateTimeField(null=True),
        ),
    ]
