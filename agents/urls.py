from django.urls import path

from agents.views import agents, enrolment, prompts, writing

urlpatterns = [
    path("agents/new", agents.new_agent, name="new-agent"),
    path("agents/enrol", enrolment.enrol, name="enrol"),
    path("enrolments/<int:id>", enrolment.enrolment, name="enrolment"),
    path("enrolments/<int:id>/withdraw", enrolment.withdraw_enrolment, name="withdraw-enrolment"),
    path("agents/<str:id>/enable", agents.enable_agent, name="enable-agent"),
    path("agents/<str:id>/rotate-key", agents.rotate_key, name="rotate-key"),
    path("prompts", prompts.prompts, name="prompts"),
    path("prompts/new", writing.create, name="new-prompt"),
    path("prompts/preview", prompts.preview, name="preview-prompt"),
    path("prompts/<str:kind>/<str:slug>", prompts.prompt, name="prompt"),
    path("prompts/<str:kind>/<str:slug>/edit", writing.edit, name="edit-prompt"),
    path("prompts/<str:kind>/<str:slug>/history", prompts.history, name="prompt-history"),
    path("prompts/<str:kind>/<str:slug>/revert", writing.revert, name="revert-prompt"),
    path("prompts/<str:kind>/<str:slug>/delete", writing.delete, name="delete-prompt"),
    path("prompts/<str:kind>/<str:slug>/compose", prompts.compose, name="compose-prompt"),
]
