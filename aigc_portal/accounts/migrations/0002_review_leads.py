from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="membership",
            name="membership_role_known",
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("marketer", "Marketer"),
                    ("reviewer", "Reviewer"),
                    ("lead", "Review lead"),
                    ("auditor", "Auditor"),
                    ("engineer", "ML engineer"),
                    ("admin", "Admin"),
                ],
                max_length=20,
                verbose_name="role",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["marketer", "reviewer", "lead", "auditor", "engineer", "admin"])),
                name="membership_role_known",
            ),
        ),
    ]
