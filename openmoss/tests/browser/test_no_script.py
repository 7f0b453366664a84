"""The console without JavaScript: slower, and whole."""

from playwright.sync_api import expect

from conftest import hire
from openmoss.access import Role
from openmoss.setup_code import setup_code
from tasks.models import SubTask, Task

PASSWORD = "low-water-at-11-20"


def test_from_the_setup_to_a_move_with_a_reason(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/")
    page.locator("[name=code]").fill(setup_code())
    page.get_by_role("button", name="Go on").click()
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=again]").fill(PASSWORD)
    page.get_by_role("button", name="Set it up and sign in").click()
    expect(page).to_have_url("/dashboard")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/tasks")
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/tasks")

    erin = hire("Erin", Role.EXECUTOR)
    page.goto("/tasks/new")
    page.locator("[name=name]").fill("News")
    page.get_by_role("button", name="Create task").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("News")
    task = Task.objects.get()
    page.get_by_role("link", name="New sub-task").first.click()
    page.locator("[name=name]").fill("Collect")
    page.get_by_role("button", name="Create sub-task").click()
    sub_task = SubTask.objects.get()
    assert erin.post(f"/api/sub-tasks/{sub_task.pk}/claim").status_code == 200

    page.goto(f"/sub-tasks/{sub_task.pk}")
    page.get_by_role("link", name="Block").first.click()
    page.locator("[name=why]").fill("The source does not answer.")
    page.get_by_role("button", name="Block").click()
    expect(page).to_have_url(f"/sub-tasks/{sub_task.pk}")
    expect(page.locator("main")).to_contain_text("The source does not answer.")
    assert SubTask.objects.get().status == "blocked"

    page.goto("/tasks/board")
    page.locator("select[name=task]").select_option(str(task.pk))
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#of-blocked")).to_contain_text("Collect")
    assert f"task={task.pk}" in page.url
