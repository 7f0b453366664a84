"""The feed while agents call: it goes on, and takes nothing away from whoever reads it."""

from playwright.sync_api import expect

from agents.request_log import buffer
from openmoss.tests.browser.windows import stays, tick


def test_the_feed_goes_on_and_keeps_what_is_open_and_typed(window, pia, erin):
    task = pia.post("/api/tasks", name="News", status="active").json()
    made = pia.post("/api/sub-tasks", task_id=task["id"], name="<b>Collect</b>").json()
    buffer.flush()
    window.goto("/feed")
    is_same = stays(window)
    first = window.locator("#feed .line").filter(has_text="opened News")
    first.locator("summary").click()
    window.locator("#find").fill("sour")

    erin.post(f"/api/sub-tasks/{made['id']}/claim")
    buffer.flush()
    tick(window)

    expect(window.locator("#feed")).to_contain_text("claimed <b>Collect</b>")
    expect(first.locator(".call").first).to_be_visible()
    expect(window.locator("#find")).to_be_focused()
    expect(window.locator("#find")).to_have_value("sour")

    with window.expect_response(lambda answer: "/feed" in answer.url) as idle:
        tick(window)
    assert idle.value.status == 204

    window.keyboard.press("Escape")  # what was found lies over the button
    window.get_by_role("button", name="Pause").click()
    erin.post(f"/api/sub-tasks/{made['id']}/start", session_id="chat-1")
    buffer.flush()
    tick(window)
    window.wait_for_timeout(300)
    expect(window.locator("#feed")).not_to_contain_text("started")
    window.get_by_role("button", name="Go on").click()
    expect(window.locator("#feed")).to_contain_text("started")
    assert is_same()
