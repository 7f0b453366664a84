from django.urls import path

from tasks.views import board, logs, recurrences, rules, sub_tasks, tasks

urlpatterns = [
    path("tasks", tasks.index, name="tasks"),
    path("tasks/board", board.board, name="board"),
    path("tasks/new", tasks.new, name="new-task"),
    path("tasks/<str:id>/edit", tasks.edit, name="edit-task"),
    path("tasks/<str:id>/status", tasks.set_status, name="set-task-status"),
    path("tasks/<str:id>/cancel", tasks.cancel, name="cancel-task"),
    path("tasks/<str:id>/modules/new", tasks.new_module, name="new-module"),
    path("tasks/<str:id>/sub-tasks/new", sub_tasks.new, name="new-sub-task"),
    path("tasks/<str:id>/recurrences/new", recurrences.new, name="new-recurrence"),
    path("sub-tasks/<str:id>/edit", sub_tasks.edit, name="edit-sub-task"),
    path("sub-tasks/<str:id>/reassign", sub_tasks.reassign, name="reassign"),
    path("sub-tasks/<str:id>/block", sub_tasks.block, name="block"),
    path("sub-tasks/<str:id>/unblock", sub_tasks.unblock, name="unblock"),
    path("sub-tasks/<str:id>/release", sub_tasks.release, name="release"),
    path("sub-tasks/<str:id>/cancel", sub_tasks.cancel, name="cancel"),
    path("recurrences/preview", recurrences.preview, name="preview-recurrence"),
    path("recurrences/<str:id>/edit", recurrences.edit, name="edit-recurrence"),
    path("recurrences/<str:id>/pause", recurrences.pause, name="pause-recurrence"),
    path("recurrences/<str:id>/resume", recurrences.resume, name="resume-recurrence"),
    path("recurrences/<str:id>/end", recurrences.end, name="end-recurrence"),
    path("rules", rules.rules, name="rules"),
    path("rules/new", rules.create, name="new-rule"),
    path("rules/<str:id>/edit", rules.edit, name="edit-rule"),
    path("rules/<str:id>/delete", rules.delete, name="delete-rule"),
    path("logs", logs.logs, name="logs"),
]
