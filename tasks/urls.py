from django.urls import path

from openmoss.views.coming import coming

urlpatterns = [
    path("tasks", coming, name="tasks"),
    path("tasks/board", coming, name="board"),
    path("tasks/new", coming, name="new-task"),
    path("tasks/<str:id>/edit", coming, name="edit-task"),
    path("tasks/<str:id>/status", coming, name="set-task-status"),
    path("tasks/<str:id>/cancel", coming, name="cancel-task"),
    path("tasks/<str:id>/modules/new", coming, name="new-module"),
    path("tasks/<str:id>/sub-tasks/new", coming, name="new-sub-task"),
    path("tasks/<str:id>/recurrences/new", coming, name="new-recurrence"),
    path("sub-tasks/<str:id>/edit", coming, name="edit-sub-task"),
    path("sub-tasks/<str:id>/reassign", coming, name="reassign"),
    path("sub-tasks/<str:id>/block", coming, name="block"),
    path("sub-tasks/<str:id>/unblock", coming, name="unblock"),
    path("sub-tasks/<str:id>/release", coming, name="release"),
    path("sub-tasks/<str:id>/cancel", coming, name="cancel"),
    path("recurrences/<str:id>/edit", coming, name="edit-recurrence"),
    path("recurrences/<str:id>/pause", coming, name="pause-recurrence"),
    path("recurrences/<str:id>/resume", coming, name="resume-recurrence"),
    path("recurrences/<str:id>/end", coming, name="end-recurrence"),
    path("rules", coming, name="rules"),
    path("rules/new", coming, name="new-rule"),
    path("rules/<str:id>/delete", coming, name="delete-rule"),
    path("logs", coming, name="logs"),
]
