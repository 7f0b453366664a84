import json as to_json
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError

from openmoss.commands import OperatorCommand
from openmoss.legacy.report import Noted, Report
from openmoss.legacy.services import import_legacy
from openmoss.legacy.source import find_source
from openmoss.legacy.values import machine_zone


class Command(OperatorCommand):
    help = (
        "Bring over what an earlier OpenMOSS holds: agents with their keys, work, reviews, scores, logs, settings "
        "and prompts. Changes nothing there; may be run again; ends with 1 when something had to be left out."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("source", type=Path, help="The folder of the earlier server, or its tasks.db.")
        parser.add_argument("--config", type=Path, help="Its config.yaml, if it lies elsewhere.")
        parser.add_argument("--prompts", type=Path, help="Its folder prompts, if it lies elsewhere.")
        parser.add_argument(
            "--timezone",
            help="The zone of the machine on which it ran, as Asia/Shanghai: it wrote local times. "
            "Left out: that of this machine.",
        )
        parser.add_argument(
            "--request-log", action="store_true", help="Also the calls that the settings still keep."
        )
        parser.add_argument("--dry-run", action="store_true", help="Only report; nothing is written.")
        parser.add_argument("--json", action="store_true", help="One JSON object instead of sentences.")

    def handle(self, *, source: Path, config, prompts, timezone, request_log, dry_run, json, **options):
        report = import_legacy(
            find_source(source, config=config, prompts=prompts),
            zone=_zone(timezone),
            dry_run=dry_run,
            with_calls=request_log,
        )
        if json:
            self.stdout.write(to_json.dumps(report.as_dict(), ensure_ascii=False))
        else:
            self._print(report)
        if not report.is_complete:
            sys.exit(1)

    def _print(self, report: Report) -> None:
        self.stdout.write(f"{report.database}, with times of {report.timezone} (--timezone)\n\n")
        self.stdout.write(f"{'':16} {'new':>8} {'already there':>14} {'left out':>9}")
        for table, count in report.tables.items():
            self.stdout.write(f"{table:16} {count.new:8} {count.already_there:14} {count.left_out:9}")
        self._print_noted("Changed on the way", report.changes)
        self._print_noted("Left out", report.left_out)
        if report.notes:
            self.stdout.write("\nTo know:")
        for note in report.notes:
            self.stdout.write(f"  {note}")
        if report.dry_run:
            self.stdout.write("\nThis was a dry run: nothing was written.")

    def _print_noted(self, heading: str, noted: dict[tuple, Noted]) -> None:
        if noted:
            self.stdout.write(f"\n{heading}:")
        for (table, kind), rows in noted.items():
            more = ", …" if rows.count > len(rows.ids) else ""
            self.stdout.write(f"  {rows.count} {table}: {kind.label}")
            self.stdout.write(f"      {', '.join(rows.ids)}{more}")


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else machine_zone()
    except (ValueError, LookupError, OSError):
        raise CommandError(f"There is no time zone '{name}'. Give one like Asia/Shanghai.") from None
