from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from agents.downloads import cli_version, server_url
from openmoss.access import ANY_AGENT, Role, only
from openmoss.api.lookup import find
from openmoss.api.pagination import whole_number
from openmoss.api.views import ApiViewSet
from openmoss.errors import Forbidden
from tasks import selectors, services
from tasks.models import Rule, RuleScope, SubTask, Task
from tasks.serializers import NewRuleSerializer, RuleSerializer, RulesSerializer

OF = [OpenApiParameter("task_id"), OpenApiParameter("sub_task_id")]


class RuleViewSet(ApiViewSet):
    access = {
        "merged": ANY_AGENT,
        "list": ANY_AGENT,
        "create": only(Role.PLANNER),
        "destroy": only(Role.PLANNER),
    }

    @extend_schema(
        responses=RulesSerializer, parameters=[*OF, OpenApiParameter("cli_version", OpenApiTypes.INT64)]
    )
    def merged(self, request) -> Response:
        """Read all rules that hold, merged; and whether your command line tool is up to date."""
        yours = whole_number(request.query_params, "cli_version", default=0)
        content, latest = selectors.rules_text(**self._subject()), cli_version()
        answer = {
            "content": content,
            "message": "Follow these rules in everything you do here.",
            "update_available": False,
            "latest_version": None,
            "update_instructions": "",
        }
        if yours < latest:
            answer["update_available"], answer["latest_version"] = True, latest
            answer["update_instructions"] = _how_to_update(server_url(request))
        if not request.query_params.get("cli_version"):
            answer["content"] += (
                f"{selectors.SEPARATOR}## Update your tool\n\n{answer['update_instructions']}"
            )
        return Response(answer)

    @extend_schema(responses=RuleSerializer(many=True), parameters=OF)
    def list(self, request) -> Response:
        """List the rules of a task, a sub-task or both one by one; the global ones when neither is given."""
        subject = self._subject()
        of_either = Q(**subject, _connector=Q.OR)
        rules = Rule.objects.filter(of_either) if subject else Rule.objects.of_scope(RuleScope.GLOBAL)
        return Response(RuleSerializer.each(rules[:500]))

    @extend_schema(request=NewRuleSerializer, responses=RuleSerializer)
    def create(self, request) -> Response:
        """Write a rule for one task or one sub-task."""
        body = self.read(NewRuleSerializer)
        subject = _subject(body)
        if not subject:
            raise Forbidden(
                "Global rules are written by people, in the console.", hint="Give task_id or sub_task_id."
            )
        rule = services.add_rule(content=body["content"], by=request.user, **subject)
        return Response(RuleSerializer.of(rule))

    @extend_schema(responses=RuleSerializer)
    def destroy(self, request, id: str) -> Response:
        """Take a rule of a task or a sub-task back."""
        rule = find(Rule.objects.exclude(scope=RuleScope.GLOBAL), id)
        answer = RuleSerializer.of(rule)
        services.delete_rule(rule, by=request.user)
        return Response(answer)

    def _subject(self) -> dict:
        return _subject(self.request.query_params)


def _subject(values) -> dict:
    subject = {}
    if id := values.get("task_id"):
        subject["task"] = find(Task.objects.all(), id, field="task_id")
    if id := values.get("sub_task_id"):
        subject["sub_task"] = find(SubTask.objects.all(), id, field="sub_task_id")
    return subject


def _how_to_update(url: str) -> str:
    return (
        "Run `python task-cli.py update`. Without the tool, fetch both files with your own key:\n"
        f'`curl -fsS -H "Authorization: Bearer $OPENMOSS_API_KEY" {url}/api/tools/cli -o task-cli.py`\n'
        f'`curl -fsS -H "Authorization: Bearer $OPENMOSS_API_KEY" {url}/api/agents/me/skill -o SKILL.md`'
    )
