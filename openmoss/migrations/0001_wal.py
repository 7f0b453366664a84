"""Switch an embedded database to write-ahead logging, before anything else is in it.

The journal mode is a property of the file, so once is enough; and it cannot be changed inside a
transaction, hence `atomic = False`.
"""

from django.db import migrations


def write_ahead(apps, schema_editor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = WAL")


class Migration(migrations.Migration):
    initial = True
    atomic = False
    dependencies = []
    run_before = [
        ("agents", "0001_agents"),
        ("contenttypes", "0001_initial"),
        ("notifications", "0001_events"),
        ("sessions", "0001_initial"),
    ]
    operations = [migrations.RunPython(write_ahead, migrations.RunPython.noop)]
