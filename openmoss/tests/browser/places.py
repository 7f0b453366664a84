"""Every page of the console by name: one table for the browser tests, the screenshots and the measurements."""

from django.urls import reverse

from agents.models import Agent, Enrolment, Prompt, PromptKind
from notifications.models import Channel
from patrol.models import Finding
from reviews.models import Review
from tasks.models import Recurrence, Rule, SubTask, Task
from tasks.workflow import Status


def places() -> dict[str, str]:
    """Return the address of each page that opens with a GET, on rows that are there."""
    task = Task.objects.filter(sub_tasks__depends_on__isnull=False).first() or Task.objects.first()
    sub_task = SubTask.objects.filter(reviews__isnull=False).order_by("-rework_count").first()
    in_review = SubTask.objects.filter(status=Status.REVIEW).first()
    held = SubTask.objects.filter(status=Status.IN_PROGRESS).first()
    agent = Agent.objects.filter(sub_tasks__isnull=False).first()
    prompt = [PromptKind.AGENT, "executor-backend"]
    found = {
        "dashboard": reverse("dashboard"),
        "dashboard-30": reverse("dashboard") + "?days=30",
        "tasks": reverse("tasks"),
        "board": reverse("board"),
        "new-task": reverse("new-task"),
        "task": _of("task", task),
        "edit-task": _of("edit-task", task),
        "cancel-task": _of("cancel-task", task),
        "new-sub-task": _of("new-sub-task", task),
        "new-recurrence": _of("new-recurrence", task),
        "edit-recurrence": _of("edit-recurrence", Recurrence.objects.first()),
        "sub-task": _of("sub-task", sub_task),
        "edit-sub-task": _of("edit-sub-task", SubTask.objects.filter(status=Status.PENDING).first()),
        "reassign": _of("reassign", held),
        "block": _of("block", held),
        "review-sub-task": _of("review-sub-task", in_review),
        "agents": reverse("agents"),
        "enrol": reverse("enrol"),
        "agent": _of("agent", agent),
        "agent-requests": _of("agent", agent, "?tab=requests"),
        "agent-activity": _of("agent", agent, "?tab=activity"),
        "agent-scores": _of("agent", agent, "?tab=scores"),
        "edit-agent": _of("edit-agent", agent),
        "retire-agent": _of("retire-agent", agent),
        "feed": reverse("feed"),
        "why": reverse("why"),
        "patrol": reverse("patrol"),
        "finding": _of("finding", Finding.objects.first()),
        "reviews": reverse("reviews"),
        "review": _of("review", Review.objects.first()),
        "scores": reverse("scores"),
        "score-log": reverse("score-log"),
        "logs": reverse("logs"),
        "prompts": reverse("prompts"),
        "prompt": reverse("prompt", args=prompt),
        "edit-prompt": reverse("edit-prompt", args=prompt),
        "prompt-history": reverse("prompt-history", args=prompt),
        "compose-prompt": reverse("compose-prompt", args=prompt),
        "new-prompt": reverse("new-prompt"),
        "rules": reverse("rules"),
        "new-rule": reverse("new-rule"),
        "notifications": reverse("notifications"),
        "deliveries": reverse("deliveries"),
        "edit-channel": _of("edit-channel", Channel.objects.first()),
        "settings": reverse("settings"),
        "settings-patrol": reverse("settings") + "?section=patrol",
        "change-password": reverse("change-password"),
        "search": reverse("search") + "?q=release",
        "not-found": "/nowhere",
    }
    return {name: address for name, address in found.items() if address}


def questions() -> dict[str, str]:
    """Return the other addresses that open with a GET: short forms, most of them seen in a dialog."""
    task, agent, finding = Task.objects.first(), Agent.objects.first(), Finding.objects.open().first()
    held = SubTask.objects.filter(status=Status.IN_PROGRESS).first()
    channel, rule = Channel.objects.first(), Rule.objects.first()
    recurrence = Recurrence.objects.filter(ended_at=None, paused_at=None).first()
    own = Prompt.objects.first()
    found = {
        "new-module": _of("new-module", task),
        "end-recurrence": _of("end-recurrence", recurrence),
        "unblock": _of("unblock", SubTask.objects.filter(status=Status.BLOCKED).first()),
        "release": _of("release", held),
        "cancel": _of("cancel", held),
        "edit-rule": _of("edit-rule", rule),
        "delete-rule": _of("delete-rule", rule),
        "new-agent": reverse("new-agent"),
        "enrolment": _of("enrolment", Enrolment.objects.first()),
        "disable-agent": _of("disable-agent", agent),
        "rotate-key": _of("rotate-key", agent),
        "adjust-score": _of("adjust-score", agent),
        "delete-prompt": own and reverse("delete-prompt", args=[own.kind, own.slug]),
        "resolve-finding": _of("resolve-finding", finding),
        "ignore-finding": _of("ignore-finding", finding),
        "new-channel": reverse("new-channel"),
        "remove-channel": _of("remove-channel", channel),
        "rotate-secret": _of("rotate-secret", Channel.objects.exclude(secret="").first()),
        "preview-recurrence": reverse("preview-recurrence"),
        "renew-registration-token": reverse("renew-registration-token"),
        "renew-metrics-token": reverse("renew-metrics-token"),
        "close-metrics": reverse("close-metrics"),
        "strip": reverse("strip"),
    }
    return {name: address for name, address in found.items() if address}


def _of(name: str, row, more: str = "") -> str:
    return reverse(name, args=[row.pk]) + more if row else ""
