from django.contrib import admin


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
