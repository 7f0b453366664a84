from tasks.models import SubTask


def test_an_executor_claims_a_pending_sub_task(pia, erin):
    task = pia.post("/api/tasks", name="News").json()
    sub_task = pia.post("/api/sub-tasks", task_id=task["id"], name="Collect").json()

    answer = erin.post(f"/api/sub-tasks/{sub_task['id']}/claim")

    assert answer.status_code == 200
    assert answer.json()["status"] == "assigned"
    assert answer.json()["assigned_agent"] == erin.id
    assert SubTask.objects.get().attempt == 1
