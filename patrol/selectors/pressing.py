"""Which sub-tasks of a task could be the one that holds it up: a few of however many it has."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Greatest, RowNumber

from agents.models import AgentStatus
from patrol.detectors.scene import Scene, ready_since
from tasks.models import Dependency, SubTask, waits_for_others
from tasks.workflow import HELD, Status

# Only these may still wait for others.
_EARLY = Q(status__in=[Status.PENDING, Status.ASSIGNED])
# Briefs are long, and nobody needs them here.
BRIEF = ("description", "deliverable", "acceptance")
_GONE = Q(status__in=HELD) & ~Q(assignee__status=AgentStatus.ACTIVE)


def pressing(rows: QuerySet[SubTask], scene: Scene, *, also: Iterable[UUID]) -> QuerySet[SubTask]:
    """Return of each task, status and kind of trouble the sub-task that is in it longest, and those `also` named.

    And what waits for something that was cancelled. Where status and trouble are the same, so is the fact, and
    the longest is the worst; so whoever compares these has compared all.
    """
    cutoff = scene.ago(scene.limits.orphan_warning)
    could_since_lately = Dependency.objects.filter(sub_task=OuterRef("pk"), needs__completed_at__gt=cutoff)
    silent = (
        Q(status__in=HELD, assigned_at__lte=cutoff, status_since__lte=cutoff)
        & (Q(assignee__last_seen_at=None) | Q(assignee__last_seen_at__lte=cutoff))
        & ~Q(Exists(could_since_lately))
    )
    often = Q(status__in=HELD, rework_count__gte=scene.limits.rework_warning)
    troubles = [
        Case(When(_GONE, then=Value(2)), When(silent, then=Value(1)), default=Value(0)),
        Case(When(often, then=Value(1)), default=Value(0)),
        # Apart from the others, as what these wait for has a fact of its own.
        Case(When(_EARLY & Q(waits_for_others()), then=Value(1)), default=Value(0)),
    ]
    # Each of these is worked out only where it counts: with thousands of rows that is what makes the difference.
    since = Case(
        When(_GONE, then=F("assigned_at")),
        When(
            silent,
            then=Greatest(
                ready_since("status_since"),
                "assigned_at",
                Coalesce("assignee__last_seen_at", "status_since"),
            ),
        ),
        When(often, then=F("status_since")),
        When(_EARLY, then=ready_since("status_since")),
        default=F("status_since"),
    )
    place = Window(RowNumber(), partition_by=[F("task"), F("status"), *troubles], order_by=[since, F("pk")])
    stranded = ExpressionWrapper(Q(pk__in=_stranded()), BooleanField())
    ranked = rows.order_by().annotate(place=place, stranded=stranded)
    first = ranked.filter(Q(place=1) | Q(stranded=True) | Q(pk__in=list(also)))
    return looked_at(SubTask.objects.filter(pk__in=first.values("pk")).unfinished())


def looked_at(rows: QuerySet[SubTask]) -> QuerySet[SubTask]:
    """Read along what there is to know of sub-tasks that could hold their task up.

    That is `could_since`: since when they could go on; `waits_for_others`; and `cancelled_need_id`: what they wait
    for although it was cancelled, of several the one that was named first.
    """
    cancelled = Dependency.objects.filter(sub_task=OuterRef("pk"), needs__status=Status.CANCELLED)
    return (
        rows.annotate(
            could_since=ready_since("status_since"),
            waits_for_others=waits_for_others(),
            cancelled_need_id=Subquery(
                cancelled.order_by("pk").values("needs")[:1], output_field=UUIDField()
            ),
        )
        .select_related("assignee")
        .defer(*BRIEF)
    )


def _stranded() -> QuerySet:
    edges = Dependency.objects.filter(needs__status=Status.CANCELLED)
    return edges.order_by().values("sub_task")
