from django.urls import path

from openmoss.views.coming import coming

urlpatterns = [
    path("agents/new", coming, name="new-agent"),
    path("agents/enrol", coming, name="enrol"),
    path("enrolments/<int:id>/withdraw", coming, name="withdraw-enrolment"),
    path("agents/<str:id>/edit", coming, name="edit-agent"),
    path("agents/<str:id>/disable", coming, name="disable-agent"),
    path("agents/<str:id>/enable", coming, name="enable-agent"),
    path("agents/<str:id>/rotate-key", coming, name="rotate-key"),
    path("feed", coming, name="feed"),
    path("prompts", coming, name="prompts"),
    path("prompts/new", coming, name="new-prompt"),
    path("prompts/preview", coming, name="preview-prompt"),
    path("prompts/<str:kind>/<str:slug>", coming, name="prompt"),
    path("prompts/<str:kind>/<str:slug>/edit", coming, name="edit-prompt"),
    path("prompts/<str:kind>/<str:slug>/history", coming, name="prompt-history"),
    path("prompts/<str:kind>/<str:slug>/revert", coming, name="revert-prompt"),
    path("prompts/<str:kind>/<str:slug>/delete", coming, name="delete-prompt"),
    path("prompts/<str:kind>/<str:slug>/compose", coming, name="compose-prompt"),
]
