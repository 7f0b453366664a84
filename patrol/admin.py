from django.contrib import admin

from openmoss.read_only import ReadOnly
from patrol.models import Finding


@admin.register(Finding)
class FindingAdmin(ReadOnly):
    list_display = ["created_at", "kind", "severity", "status", "description", "action_taken"]
    list_filter = ["status", "severity", "kind"]
