from datetime import timezone

from django.db import migrations, models
from django.db.models import Count
from django.db.models.functions import TruncHour


def count_the_log(apps, schema_editor) -> None:
    """Count what the request log still holds; what it has forgotten cannot be told any more."""
    calls = apps.get_model("agents", "RequestLog").objects.order_by()
    hours = (
        calls.annotate(hour=TruncHour("at", tzinfo=timezone.utc)).values_list("hour").annotate(Count("pk"))
    )
    model = apps.get_model("agents", "RequestHour")
    model.objects.bulk_create((model(hour=hour, calls=count) for hour, count in hours), batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0004_prompts_and_enrolment"),
    ]

    operations = [
        migrations.CreateModel(
            name="RequestHour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField(help_text="The beginning of the hour, in UTC.", unique=True)),
                ("calls", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "ordering": ["-hour"],
            },
        ),
        migrations.RunPython(count_the_log, migrations.RunPython.noop),
    ]
