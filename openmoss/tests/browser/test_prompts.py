"""Prompts are written with their preview beside them, and copied with all that a newcomer needs."""

from playwright.sync_api import expect

from agents.models import Prompt


def test_a_prompt_is_edited_with_a_preview_and_copied_whole(open_page, admin):
    page = open_page(person=admin, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/prompts/agent/executor-backend/edit")
    text = page.locator("textarea[name=text]")

    text.fill(text.input_value() + "\n\nBe **kind**. <img src=x onerror=alert(1)>")

    expect(page.locator("#preview strong").last).to_have_text("kind")
    expect(page.locator("#preview")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("#preview img").count() == 0
    assert not Prompt.objects.exists()
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url("/prompts/agent/executor-backend")
    assert "Be **kind**." in Prompt.objects.get().text

    page.goto("/prompts")
    card = page.locator(".prompt-card").filter(has=page.locator("#told-executor-backend"))
    card.locator("button[data-copy]").click()

    expect(card.locator("button[data-copy]")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Be **kind**." in copied
    assert "task-cli.py enrol" in copied
    expect(card.locator("button[data-copy]")).not_to_contain_text("Copied")
