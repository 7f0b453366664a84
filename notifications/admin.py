from django.contrib import admin

from notifications.models import Event
from openmoss.admin import ReadOnly


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ["at", "kind", "actor_name", "subject_name", "was", "now", "why"]
    list_filter = ["actor_role"]
    search_fields = ["kind", "subject_name", "actor_name"]
    ordering = ["-pk"]
