"""Django admin for staff: every row is there, and the workflow cannot be broken by accident."""

from django.contrib import admin, messages
from django.shortcuts import redirect

from openmoss import config_file
from openmoss.errors import Refusal
from openmoss.models import IdempotencyRecord, JobClock, JobRun, SiteSettings
from openmoss.read_only import ReadOnly
from openmoss.services import change_settings


@admin.register(SiteSettings)
class SiteSettingsAdmin(admin.ModelAdmin):
    fieldsets = [
        ("Company", {"fields": ["project_name", "workspace_root", "external_url"]}),
        (
            "Agents",
            {"fields": ["allow_registration", "registration_token", "registration_roles", "public_feed"]},
        ),
        ("Notifications", {"fields": ["notifications_enabled", "notification_events"]}),
        (
            "Patrol",
            {
                "description": "From when on something that stands still is a warning, and from when on critical.",
                "fields": [
                    "on_critical",
                    ("timeout_warning", "timeout_critical"),
                    ("timeout_silent", "timeout_limit"),
                    ("stuck_warning", "stuck_critical"),
                    ("orphan_warning", "orphan_critical"),
                    ("rework_warning", "rework_critical"),
                    ("score_drop_warning", "score_drop_critical"),
                    ("review_warning", "review_critical"),
                    ("plan_warning", "plan_critical"),
                    "silent_intervals",
                    ("silent_warning", "silent_critical"),
                    ("help_warning", "help_critical"),
                ],
            },
        ),
        (
            "Retention",
            {
                "fields": [
                    "request_log_days",
                    "activity_log_days",
                    "event_days",
                    "delivery_days",
                    "job_run_days",
                ]
            },
        ),
        ("Metrics", {"fields": ["metrics_token"]}),
    ]

    def get_readonly_fields(self, request, obj=None) -> list[str]:
        return list(config_file.said().settings)

    def changeform_view(self, request, *args, **kwargs):
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            messages.error(request, f"{refusal.detail} {refusal.hint}".strip())
            return redirect(request.get_full_path())

    def save_model(self, request, site: SiteSettings, form, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        change_settings(SiteSettings.load(), by=request.user, **changes)

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(JobClock)
class JobClockAdmin(ReadOnly):
    list_display = ["name", "due_at", "started_at", "running_until", "finished_at", "error"]


@admin.register(JobRun)
class JobRunAdmin(ReadOnly):
    list_display = ["job", "started_at", "milliseconds", "said", "error"]
    search_fields = ["job"]


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnly):
    list_display = ["key", "caller", "status", "created_at"]
    # The answer may be anything that an agent was told; it is nobody else's business.
    exclude = ["body"]
