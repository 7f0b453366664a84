"""From a fresh server to the first agent that has joined, with nothing but what the pages say."""

import shlex
import subprocess
import sys
import urllib.request

from playwright.sync_api import expect

from agents.models import Agent
from agents.request_log import buffer
from openmoss.setup_code import setup_code
from openmoss.tests.browser.windows import tick

PASSWORD = "low-water-at-11-20"


def test_a_newcomer_is_led_from_the_setup_code_to_an_agent_at_work(open_page, tmp_path):
    page = open_page()

    page.goto("/")
    page.get_by_label("Code").fill(setup_code())
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("again").fill(PASSWORD)
    page.get_by_role("button", name="Set it up and sign in").click()

    expect(page).to_have_url("/dashboard")
    expect(page.locator(".notes")).to_contain_text("you are signed in as admin")
    planner = page.locator("#step-planner")
    planner.get_by_role("link", name="Enrol").click()
    page.get_by_label("Name").fill("Pia")
    page.get_by_role("button", name="Make the command").click()
    expect(page.locator("#arrival")).to_contain_text("Waiting for Pia")

    answer = join(page.locator("#command").text_content(), tmp_path)
    tick(page)

    assert "Pia" in answer
    expect(page.locator("#arrival")).to_contain_text("Pia has joined, and has not called yet.")
    call("rules", tmp_path)
    buffer.flush()
    tick(page)
    page.get_by_role("link", name="Look at Pia").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pia")
    assert Agent.objects.get().role == "planner"

    page.goto("/dashboard")
    expect(planner.get_by_role("link")).to_have_count(0)
    expect(page.locator("#step-executor").get_by_role("link", name="Enrol")).to_be_visible()


def join(command: str, folder) -> str:
    """Do what the shown command does, on a machine that may have no curl."""
    fetch, enrol = command.split(" && ")
    urllib.request.urlretrieve(shlex.split(fetch)[2], folder / "task-cli.py")
    return call(*shlex.split(enrol)[2:], folder)


def call(*words) -> str:
    *words, folder = words
    done = subprocess.run(
        [sys.executable, "task-cli.py", *words], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
