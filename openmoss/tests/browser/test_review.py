"""A person judges where no agent can."""

from playwright.sync_api import expect

from reviews.models import Review


def test_work_is_sent_back_and_approved_by_a_person(window, erin, submitted):
    window.goto(f"/sub-tasks/{submitted.pk}")
    window.get_by_role("link", name="Review", exact=True).first.click()
    verdict = window.locator("#question")
    verdict.get_by_label("Send back").check()
    verdict.get_by_label("2, not enough").check()
    verdict.get_by_label("Comment").fill("Nearly there.")
    verdict.get_by_role("button", name="Give this verdict").click()

    expect(verdict.locator(".errorlist")).to_be_visible()
    expect(verdict.get_by_label("Comment")).to_have_value("Nearly there.")  # nothing typed is lost
    assert not Review.objects.exists()
    verdict.get_by_label("What is wrong").fill("1. Name the **sources**. <img src=x onerror=alert(1)>")
    verdict.get_by_role("button", name="Give this verdict").click()

    expect(window.locator("#sub_task .badge").first).to_have_text("rework")
    first = Review.objects.get()
    assert (first.reviewer_name, first.result, first.score) == ("Ann", "rejected", 2)
    expect(window.locator("#sub_task")).to_contain_text("<img src=x onerror=alert(1)>")
    assert window.locator("#sub_task img[src=x]").count() == 0

    erin.post(f"/api/sub-tasks/{submitted.pk}/start", session_id="chat-1")
    erin.post(f"/api/sub-tasks/{submitted.pk}/submit", session_id="chat-1")
    window.goto(f"/sub-tasks/{submitted.pk}/review")
    window.get_by_label("Approve").check()
    window.get_by_label("5, as it should be").check()
    window.get_by_role("button", name="Give this verdict").click()
    expect(window.locator("#sub_task .badge").first).to_have_text("done")
    submitted.refresh_from_db()
    assert (submitted.status, Review.objects.count()) == ("done", 2)
