from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from agents.models import Agent
from openmoss.access import ANY_AGENT, Role, only
from openmoss.api.lookup import find
from openmoss.api.pagination import choice, paginate
from openmoss.api.schema import PAGE, enveloped
from openmoss.api.views import ApiViewSet
from reviews import services
from reviews.models import Result, Review
from reviews.serializers import (
    ApprovalSerializer,
    NewReviewSerializer,
    RejectionSerializer,
    ReviewSerializer,
)
from tasks.api.sub_tasks import sub_task_json
from tasks.models import SubTask
from tasks.selectors import find_sub_task
from tasks.serializers import SubTaskSerializer


class ReviewViewSet(ApiViewSet):
    access = {
        "list": ANY_AGENT,
        "retrieve": ANY_AGENT,
        "create": only(Role.REVIEWER),
        "complete": only(Role.REVIEWER),
        "rework": only(Role.REVIEWER),
    }

    @extend_schema(
        responses=enveloped(ReviewSerializer),
        parameters=[OpenApiParameter("sub_task_id"), OpenApiParameter("result", enum=Result.values), *PAGE],
    )
    def list(self, request) -> Response:
        """List reviews, newest first."""
        reviews = Review.objects.all()
        if id := request.query_params.get("sub_task_id"):
            reviews = reviews.filter(sub_task=find_sub_task(id, field="sub_task_id"))
        if result := choice(request.query_params, "result", Result):
            reviews = reviews.filter(result=result)
        page = paginate(reviews, request.query_params)
        return Response(page.envelope(ReviewSerializer.each(page.items)))

    @extend_schema(responses=ReviewSerializer)
    def retrieve(self, request, id: str) -> Response:
        """Read one review."""
        return Response(ReviewSerializer.of(find(Review.objects.all(), id)))

    @extend_schema(request=NewReviewSerializer, responses=ReviewSerializer)
    def create(self, request) -> Response:
        """Give your verdict on submitted work."""
        body = self.read(NewReviewSerializer)
        sub_task = find_sub_task(body.pop("sub_task_id"), field="sub_task_id")
        return Response(ReviewSerializer.of(self._review(sub_task, **body)))

    @extend_schema(request=ApprovalSerializer, responses=SubTaskSerializer)
    def complete(self, request, id: str) -> Response:
        """Approve a sub-task: the same as a review with the result `approved`."""
        return self._verdict(id, Result.APPROVED, self.read(ApprovalSerializer))

    @extend_schema(request=RejectionSerializer, responses=SubTaskSerializer)
    def rework(self, request, id: str) -> Response:
        """Send a sub-task back: the same as a review with the result `rejected`."""
        return self._verdict(id, Result.REJECTED, self.read(RejectionSerializer))

    def _verdict(self, id: str, result: str, body: dict) -> Response:
        sub_task = find_sub_task(id)
        self._review(sub_task, result=result, **body)
        return Response(sub_task_json(sub_task, by=self.request.user))

    def _review(self, sub_task: SubTask, *, rework_agent: str | None = None, **verdict) -> Review:
        agent = find(Agent.objects.all(), rework_agent, field="rework_agent") if rework_agent else None
        return services.review(sub_task, rework_agent=agent, by=self.request.user, **verdict)
