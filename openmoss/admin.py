"""Django admin for staff: every row is there, and the workflow cannot be broken by accident."""

from django.contrib import admin

from openmoss.models import IdempotencyRecord, JobClock, SiteSettings


class ReadOnly(admin.ModelAdmin):
    """Rows to look at: they are written by services, so that each change has its event."""

    show_full_result_count = False  # no COUNT over a million log rows
    list_per_page = 50

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(SiteSettings)
class SiteSettingsAdmin(admin.ModelAdmin):
    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(JobClock)
class JobClockAdmin(ReadOnly):
    list_display = ["name", "due_at", "started_at", "finished_at", "error"]


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnly):
    list_display = ["key", "caller", "status", "created_at"]
    # The answer may be anything that an agent was told; it is nobody else's business.
    exclude = ["body"]
