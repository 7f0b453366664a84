"""Work on its way from a plan to done, while somebody watches."""

from playwright.sync_api import expect

from notifications.models import Event
from openmoss.tests.browser.windows import stays, tick


def lane(page, status: str):
    return page.locator(f"#of-{status}")


def test_cards_move_over_the_board_while_agents_work(window, pia, erin, rita):
    task = pia.post("/api/tasks", name="News", status="active").json()
    window.goto("/tasks/board")
    is_same = stays(window)

    made = pia.post("/api/sub-tasks", task_id=task["id"], name="Collect sources").json()
    expect(lane(window, "pending")).to_contain_text("Collect sources", timeout=15_000)  # a real tick

    at = f"/api/sub-tasks/{made['id']}"
    for move, status in (("claim", "assigned"), ("start", "in_progress"), ("submit", "review")):
        assert erin.post(f"{at}/{move}", session_id="chat-1").status_code == 200
        tick(window)
        expect(lane(window, status)).to_contain_text("Collect sources")
        expect(window.locator(".card")).to_have_count(1)

    assert (
        rita.post("/api/review-records", sub_task_id=made["id"], result="approved", score=5).status_code
        == 200
    )
    tick(window)
    expect(lane(window, "done")).to_contain_text("Collect sources")
    assert is_same()


def test_an_open_menu_and_words_in_the_search_outlast_what_happens_meanwhile(window, pia, erin):
    task = pia.post("/api/tasks", name="News", status="active").json()
    ids = [pia.post("/api/sub-tasks", task_id=task["id"], name=name).json()["id"] for name in ("One", "Two")]
    window.goto("/tasks/board")
    window.locator("#find").fill("sour")

    menu = window.locator(f"#menu-{ids[0]}")
    menu.locator("summary").click()
    erin.post(f"/api/sub-tasks/{ids[1]}/claim")
    tick(window)

    window.wait_for_timeout(300)
    expect(lane(window, "assigned")).not_to_contain_text("Two")  # the part waits for the menu
    expect(menu.get_by_role("link", name="Cancel")).to_be_visible()
    window.keyboard.press("Escape")
    tick(window)
    expect(lane(window, "assigned")).to_contain_text("Two")
    expect(window.locator("#find")).to_have_value("sour")


def test_a_person_blocks_work_out_of_its_menu(window, admin, pia, erin):
    task = pia.post("/api/tasks", name="News", status="active").json()
    id = pia.post("/api/sub-tasks", task_id=task["id"], name="Collect").json()["id"]
    erin.post(f"/api/sub-tasks/{id}/claim")
    window.goto(f"/tasks/board?task={task['id']}")
    is_same = stays(window)

    window.locator(f"#menu-{id} summary").click()
    window.locator(f"#menu-{id}").get_by_role("link", name="Block").click()
    window.get_by_role("dialog").get_by_label("Why").fill("The source does not answer.")
    window.get_by_role("dialog").get_by_role("button", name="Block").click()

    expect(lane(window, "blocked")).to_contain_text("Collect")
    expect(window.get_by_role("dialog")).to_have_count(0)
    expect(window).to_have_url(f"/tasks/board?task={task['id']}")
    assert is_same()
    event = Event.objects.get(kind="sub_task.block")
    assert (event.actor_name, event.why) == ("Ann", "The source does not answer.")
