from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from openmoss.access import ANY_AGENT, Role, only
from openmoss.api.lookup import find
from openmoss.api.pagination import paginate
from openmoss.api.schema import PAGE, enveloped
from openmoss.api.views import ApiViewSet
from tasks import services
from tasks.api.sub_tasks import with_rows
from tasks.api.tasks import given
from tasks.models import Recurrence, Task
from tasks.selectors import with_next_times
from tasks.serializers import (
    NewRecurrenceSerializer,
    ReasonSerializer,
    RecurrenceChangesSerializer,
    RecurrenceSerializer,
)

PLANNER = only(Role.PLANNER)


class RecurrenceViewSet(ApiViewSet):
    access = {
        "list": ANY_AGENT,
        "retrieve": ANY_AGENT,
        "create": PLANNER,
        "update": PLANNER,
        "pause": PLANNER,
        "resume": PLANNER,
        "end": PLANNER,
    }

    @extend_schema(responses=enveloped(RecurrenceSerializer), parameters=[OpenApiParameter("task_id"), *PAGE])
    def list(self, request) -> Response:
        """List what the clock repeats, newest first, with the next five times of each."""
        recurrences = Recurrence.objects.select_related("task")
        if id := request.query_params.get("task_id"):
            recurrences = recurrences.filter(task=find(Task.objects.all(), id, field="task_id"))
        page = paginate(recurrences, request.query_params)
        return Response(page.envelope(RecurrenceSerializer.each(with_next_times(page.items))))

    @extend_schema(request=NewRecurrenceSerializer, responses=RecurrenceSerializer)
    def create(self, request) -> Response:
        """Have the clock make a sub-task at every time of a schedule, beginning with the next one."""
        body = with_rows(self.read(NewRecurrenceSerializer))
        return self._told(services.create_recurrence(**body, by=request.user))

    @extend_schema(responses=RecurrenceSerializer)
    def retrieve(self, request, id: str) -> Response:
        """Read one recurrence."""
        return self._told(self._find(id))

    @extend_schema(request=RecurrenceChangesSerializer, responses=RecurrenceSerializer)
    def update(self, request, id: str) -> Response:
        """Change schedule or template of what comes; sub-tasks that are there stay as they are."""
        recurrence, changes = self._find(id), with_rows(given(self.read(RecurrenceChangesSerializer)))
        return self._told(services.edit_recurrence(recurrence, by=request.user, **changes))

    @extend_schema(request=ReasonSerializer, responses=RecurrenceSerializer)
    def pause(self, request, id: str) -> Response:
        """Make no more until it is resumed."""
        return self._told(services.pause_recurrence(self._find(id), by=request.user, why=self._reason()))

    @extend_schema(request=ReasonSerializer, responses=RecurrenceSerializer)
    def resume(self, request, id: str) -> Response:
        """Go on with the next time; what was due in the pause is not made up for."""
        return self._told(services.resume_recurrence(self._find(id), by=request.user, why=self._reason()))

    @extend_schema(request=ReasonSerializer, responses=RecurrenceSerializer)
    def end(self, request, id: str) -> Response:
        """Make no more, for good; the sub-tasks that are there stay."""
        return self._told(services.end_recurrence(self._find(id), by=request.user, why=self._reason()))

    def _find(self, id: str) -> Recurrence:
        return find(Recurrence.objects.select_related("task", "module", "assignee"), id)

    def _reason(self) -> str:
        return self.read(ReasonSerializer)["reason"]

    def _told(self, recurrence: Recurrence) -> Response:
        return Response(RecurrenceSerializer.of(*with_next_times([recurrence])))
