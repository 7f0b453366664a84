"""Bringing over everything that an earlier server holds."""

from zoneinfo import ZoneInfo

from notifications.models import Event
from notifications.services import record
from openmoss.legacy.company import bring_channels, bring_settings
from openmoss.legacy.database import opened
from openmoss.legacy.history import History
from openmoss.legacy.library import bring_prompts
from openmoss.legacy.people import Crew
from openmoss.legacy.report import Report
from openmoss.legacy.source import Source
from openmoss.legacy.values import Values
from openmoss.legacy.work import Work
from openmoss.legacy.writing import Writer
from openmoss.models import SiteSettings


def import_legacy(
    source: Source, *, zone: ZoneInfo, dry_run: bool = False, with_calls: bool = False, by=None
) -> Report:
    """Bring over what is not here yet, and report it; nothing of ours changes, and nothing of theirs.

    Many short transactions, so that a server may run meanwhile. In none of them stands half of something: a
    sub-task comes with its reviews, points with the total that they change. Who is interrupted starts again.
    """
    report = Report(str(source.database), str(zone), dry_run)
    writer, values = Writer(report, dry_run), Values(zone, report)
    with opened(source.database) as old:
        bring_settings(source.config, writer, by=by)
        crew = Crew(values, writer)
        crew.bring(old)
        work = Work(old, values, crew, writer)
        work.bring()
        history = History(old, values, crew, writer, sub_tasks=work.sub_tasks)
        history.bring_scores()
        history.bring_logs()
        history.bring_findings()
        if with_calls:
            history.bring_calls()
    bring_channels(source.config, writer, by=by)
    if source.prompts:
        bring_prompts(source.prompts, writer, by=by)
    _tell(report, by=by, writer=writer)
    return report


def _tell(report: Report, *, by, writer: Writer) -> None:
    """Write the one event that says what came over; what had happened before is told by the rows themselves."""
    if not report.new and Event.objects.filter(kind="site.import").exists():
        return
    with writer.transaction():
        site, counts = SiteSettings.load(), {"new": report.new, "already_there": report.already_there}
        record("site.import", subject=site, actor=by, **counts)
