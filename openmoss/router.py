"""Every address of the agent API, in one place."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from agents.api import AgentViewSet, FeedViewSet
from notifications.api import NotificationConfigViewSet
from openmoss.access import EVERYONE
from openmoss.views.addresses import unknown_address
from openmoss.views.health import HealthViewSet
from openmoss.views.waking import WakingViewSet
from patrol.api import FindingViewSet, WhyViewSet
from reviews.api import ReviewViewSet
from scoring.api import ScoreViewSet
from tasks.api import (
    ActivityLogViewSet,
    FeedSummaryViewSet,
    RecurrenceViewSet,
    RuleViewSet,
    SubTaskViewSet,
    TaskViewSet,
)


class SchemaView(SpectacularAPIView):
    access = {"get": EVERYONE}


class DocsView(SpectacularSwaggerSplitView):
    access = {"get": EVERYONE}


def call(address: str, viewset: type, **actions: str):
    """Map HTTP methods of an address to actions, for example `call("tasks", TaskViewSet, get="list")`."""
    return path(address, viewset.as_view(actions))


def moves(*names: str) -> list:
    """Map `POST sub-tasks/<id>/<move>` to the action of the same name."""
    return [call(f"sub-tasks/<str:id>/{name}", SubTaskViewSet, post=name) for name in names]


urlpatterns = [
    call("health", HealthViewSet, get="retrieve"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="schema"), name="docs"),
    call("peek", WakingViewSet, get="peek"),
    call("brief", WakingViewSet, get="brief"),
    call("agents/register", AgentViewSet, post="register"),
    call("agents/enrol", AgentViewSet, post="enrol"),
    call("agents", AgentViewSet, get="list"),
    call("agents/me", AgentViewSet, get="me"),
    call("agents/me/skill", AgentViewSet, get="skill"),
    call("agents/me/skill-bundle", AgentViewSet, get="skill_bundle"),
    call("tools/cli", AgentViewSet, get="cli"),
    call("rules", RuleViewSet, get="merged"),
    call("rules/items", RuleViewSet, get="list", post="create"),
    call("rules/items/<str:id>", RuleViewSet, delete="destroy"),
    call("config/notification", NotificationConfigViewSet, get="retrieve"),
    call("tasks", TaskViewSet, get="list", post="create"),
    call("tasks/plan", TaskViewSet, post="plan"),
    call("tasks/<str:id>", TaskViewSet, get="retrieve", put="update"),
    call("tasks/<str:id>/status", TaskViewSet, put="set_status"),
    call("tasks/<str:id>/cancel", TaskViewSet, post="cancel"),
    call("tasks/<str:id>/modules", TaskViewSet, get="modules", post="create_module"),
    call("sub-tasks", SubTaskViewSet, get="list", post="create"),
    call("sub-tasks/mine", SubTaskViewSet, get="mine"),
    call("sub-tasks/available", SubTaskViewSet, get="available"),
    call("sub-tasks/latest", SubTaskViewSet, get="latest"),
    call("sub-tasks/claim-next", SubTaskViewSet, post="claim_next"),
    call("sub-tasks/<str:id>", SubTaskViewSet, get="retrieve", put="update"),
    *moves("claim", "start", "submit", "session", "release", "block", "reassign", "unblock", "cancel"),
    call("recurrences", RecurrenceViewSet, get="list", post="create"),
    call("recurrences/<str:id>", RecurrenceViewSet, get="retrieve", put="update"),
    call("recurrences/<str:id>/pause", RecurrenceViewSet, post="pause"),
    call("recurrences/<str:id>/resume", RecurrenceViewSet, post="resume"),
    call("recurrences/<str:id>/end", RecurrenceViewSet, post="end"),
    call("sub-tasks/<str:id>/complete", ReviewViewSet, post="complete"),
    call("sub-tasks/<str:id>/rework", ReviewViewSet, post="rework"),
    call("review-records", ReviewViewSet, get="list", post="create"),
    call("review-records/<str:id>", ReviewViewSet, get="retrieve"),
    call("scores/leaderboard", ScoreViewSet, get="leaderboard"),
    call("scores/me", ScoreViewSet, get="me"),
    call("scores/me/logs", ScoreViewSet, get="my_logs"),
    call("scores/adjust", ScoreViewSet, post="adjust"),
    call("scores/<str:id>", ScoreViewSet, get="retrieve"),
    call("scores/<str:id>/logs", ScoreViewSet, get="logs"),
    call("logs", ActivityLogViewSet, get="list", post="create"),
    call("logs/mine", ActivityLogViewSet, get="mine"),
    call("findings", FindingViewSet, get="list", post="create"),
    call("findings/<str:id>", FindingViewSet, get="retrieve"),
    call("findings/<str:id>/resolve", FindingViewSet, post="resolve"),
    call("findings/<str:id>/ignore", FindingViewSet, post="ignore"),
    call("why", WhyViewSet, get="list"),
    call("feed/status", FeedViewSet, get="status"),
    call("feed/logs", FeedViewSet, get="logs"),
    call("feed/agents", FeedViewSet, get="agents"),
    call("feed/agent-summary", FeedSummaryViewSet, get="list"),
    path("<path:rest>", unknown_address),
]
