from django.contrib import admin

from openmoss.admin import ReadOnly
from patrol.models import Finding


@admin.register(Finding)
class FindingAdmin(ReadOnly):
    list_display = ["created_at", "kind", "severity", "status", "description"]
    list_filter = ["kind", "severity", "status"]
