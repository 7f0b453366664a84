"""The console without a mouse, and with the back button."""

from playwright.sync_api import expect

from openmoss.tests.browser.windows import stays
from tasks.models import Task


def test_search_content_and_dialogs_are_reached_by_keys(window):
    Task.objects.create(name="News", status="active")
    window.goto("/tasks")
    is_same = stays(window)

    window.keyboard.press("Tab")
    expect(window.get_by_role("link", name="Skip to the content")).to_be_focused()
    window.keyboard.press("Enter")
    expect(window.locator("#main")).to_be_focused()

    window.keyboard.press("Control+k")
    expect(window.locator("#find")).to_be_focused()
    window.keyboard.type("News")
    expect(window.locator("#found").get_by_role("link", name="News")).to_be_visible()
    window.keyboard.press("Tab")
    expect(window.locator("#found a").first).to_be_focused()

    opener = window.get_by_role("link", name="New task")
    opener.focus()
    window.keyboard.press("Enter")
    dialog = window.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_be_focused()
    expect(window).to_have_url("/tasks#main")
    window.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()

    window.keyboard.press("Enter")
    dialog.get_by_role("link", name="Back").click()
    expect(dialog).to_have_count(0)
    assert is_same()
    assert Task.objects.count() == 1


def test_filters_live_in_the_address_and_back_brings_them_again(window):
    for name in ("News", "Weather"):
        Task.objects.create(name=name, status="active")
    window.goto("/tasks")
    is_same = stays(window)
    rows = window.locator("#list tbody tr")

    window.get_by_label("Words").fill("Wea")
    expect(rows).to_have_count(1)
    expect(window).to_have_url("/tasks?q=Wea")
    rows.get_by_role("link").first.click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Weather")
    window.go_back()

    expect(window).to_have_url("/tasks?q=Wea")
    expect(window.get_by_label("Words")).to_have_value("Wea")
    expect(rows).to_have_count(1)
    window.go_back()
    expect(rows).to_have_count(2)
    expect(window.get_by_label("Words")).to_have_value("")
    assert is_same()


def test_the_theme_goes_round_and_what_is_typed_stays(window):
    window.goto("/tasks")
    window.locator("#find").fill("half a thou")
    is_same = stays(window)
    root = window.locator("html")

    for name, theme in [("Dark theme", "dark"), ("Light theme", "light"), ("Theme of the system", None)]:
        button = window.get_by_role("button", name=name)
        button.click()
        expect(button).to_have_count(0)
        assert root.get_attribute("data-theme") == theme
        expect(window.locator("#find")).to_have_value("half a thou")

    expect(window.get_by_role("button", name="Dark theme")).to_be_visible()
    assert is_same()
    window.get_by_role("button", name="Dark theme").click()
    window.reload()
    assert root.get_attribute("data-theme") == "dark"
