"""The console in a hand: everything is reached with a thumb, and nothing hangs over the side."""

from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_a_phone_has_a_bar_with_the_way_to_everything(open_page, admin):
    page = open_page(person=admin, **PHONE)
    page.goto("/dashboard")
    bar = page.get_by_role("navigation", name="Main")
    entries = [each for each in bar.locator(".entry").all() if each.is_visible()]
    boxes = [each.bounding_box() for each in entries]

    assert len(entries) == 5
    assert all(box["height"] >= 44 and box["width"] >= 44 for box in boxes)
    assert all(box["y"] + box["height"] <= 844 and box["y"] > 700 for box in boxes)

    bar.get_by_role("link", name="Tasks").tap()
    expect(page).to_have_url("/tasks")
    bar.get_by_role("button", name="More").tap()
    for name in ("Why not moving?", "Patrol", "Reviews", "Scores", "Logs", "Prompts", "Rules", "Settings"):
        expect(page.locator("#more").get_by_role("link", name=name)).to_be_visible()
    page.locator("#more").get_by_role("link", name="Settings").tap()
    expect(page).to_have_url("/settings")
    expect(page.locator("#more")).to_be_hidden()
    page.go_back()
    expect(page).to_have_url("/tasks")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tasks")
