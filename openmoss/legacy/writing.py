"""Writing in short transactions, so that nobody waits and whoever is interrupted can go on."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from django.db import DataError, IntegrityError, models, transaction
from django.db.models import F

from agents.models import Agent
from openmoss.legacy.report import LeftOut, Report
from scoring.models import ScoreEntry

# Rows that belong together: they come over all or not at all.
Parcel = list[models.Model]


@dataclass
class Writer:
    """Writes what is not here yet; a dry run takes all of it back."""

    report: Report
    dry_run: bool

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction that a dry run rolls back in the end."""
        with transaction.atomic():
            yield
            if self.dry_run:
                transaction.set_rollback(True)

    def known(self, model: type[models.Model], ids: Iterable, *, column: str = "pk") -> dict:
        """Return what is here already: a column of it by id; it counts as already there."""
        here, ids = {}, iter(ids)
        while some := list(islice(ids, 500)):
            here |= model.objects.filter(pk__in=some).order_by().values_list("pk", column)
        self.report.count(model, already_there=len(here))
        return here

    def write(self, parcels: list[Parcel]) -> None:
        """Write parcels together; if the database refuses that, each alone, and then each row."""
        rows = [row for parcel in parcels for row in parcel]
        if not rows:
            return
        try:
            with self.transaction():
                for model, of_model in _by_model(rows).items():
                    model.objects.bulk_create(of_model)
                _add_to_totals(row for row in rows if isinstance(row, ScoreEntry))
        except (IntegrityError, DataError):
            self._write_less(parcels)
            return
        for model, of_model in _by_model(rows).items():
            self.report.count(model, new=len(of_model))

    def _write_less(self, parcels: list[Parcel]) -> None:
        if len(parcels) > 1:
            for parcel in parcels:
                self.write([parcel])
        elif len(parcels[0]) > 1:
            for row in parcels[0]:
                self.write([[row]])
        elif not self.known(type(row := parcels[0][0]), [row.pk]):
            self.report.leave_out(LeftOut.REFUSED, type(row), row.pk)


def _by_model(rows: Iterable[models.Model]) -> dict[type[models.Model], Parcel]:
    groups = defaultdict(list)
    for row in rows:
        groups[type(row)].append(row)
    return groups


def _add_to_totals(entries: Iterable[ScoreEntry]) -> None:
    deltas = defaultdict(int)
    for entry in entries:
        deltas[entry.agent_id] += entry.score_delta
    for agent_id in sorted(deltas):
        Agent.objects.filter(pk=agent_id).update(total_score=F("total_score") + deltas[agent_id])
