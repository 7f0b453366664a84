from django.contrib import admin

from openmoss.read_only import ReadOnly
from reviews.models import Review


@admin.register(Review)
class ReviewAdmin(ReadOnly):
    list_display = ["created_at", "sub_task", "round", "result", "score", "reviewer_name"]
    list_filter = ["result", "score"]
    list_select_related = ["sub_task"]
