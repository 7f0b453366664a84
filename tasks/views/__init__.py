"""The console: tasks, sub-tasks, recurring work, rules, logs."""
