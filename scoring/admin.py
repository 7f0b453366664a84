from django.contrib import admin

from openmoss.read_only import ReadOnly
from scoring.models import ScoreEntry


@admin.register(ScoreEntry)
class ScoreEntryAdmin(ReadOnly):
    list_display = ["created_at", "agent", "score_delta", "reason"]
    list_select_related = ["agent"]
