"""A browser's windows over any server: which browser, who is signed in, what a page complains of, how it fits."""

import os
import shutil
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.test import Client
from playwright import sync_api

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
# What sticks out to the right and is not inside something that scrolls by itself.
STICKING_OUT = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return null;
    const scrolls = (each) => each && each !== document.body &&
        (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(each).overflowX) || scrolls(each.parentElement));
    const out = [...document.body.querySelectorAll("*")].filter(
        (each) => each.getBoundingClientRect().right > width + 1 && !scrolls(each.parentElement));
    const named = (each) => each.tagName.toLowerCase() + (each.id ? "#" + each.id : "") +
        [...each.classList].map((name) => "." + name).join("");
    return `${document.documentElement.scrollWidth - width} px: ` + out.slice(0, 3).map(named).join(" ");
}"""


@contextmanager
def browser():
    """Start Chromium, and end it."""
    # Playwright's loop makes Django believe that it is called from one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_api.sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            yield chromium
            chromium.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def open_window(chromium, site: str, *, person: User | None = None, complaints: list[str], **how):
    """Open a window of its own; what its pages complain of is added to `complaints`."""
    how = {"viewport": {"width": 1440, "height": 900}, "base_url": site} | how
    context = chromium.new_context(**how)
    context.set_default_timeout(10_000)
    if person is not None:
        context.add_cookies([{"name": "sessionid", "value": session_of(person), "url": site}])
    page = context.new_page()
    page.complaints = complaints
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda answer: answer.status >= 500 and complaints.append(answer.url))
    return page


def session_of(person: User) -> str:
    """Sign a person in and return the session's key."""
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value


def sticks_out(page) -> str | None:
    """Return by how much a page is wider than its window, and what makes it so; None when it fits."""
    return page.evaluate(STICKING_OUT)


def serious(complaints: list[str]) -> list[str]:
    """Return the complaints that are faults: what a page was refused on purpose is none."""
    return [text for text in complaints if "the server responded with a status of 4" not in text]


def tick(page) -> None:
    """Let live parts look whether they are fresh, as they do by themselves every few seconds."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def stays(page):
    """Return a question that is answered with yes as long as the page was not loaded again."""
    page.evaluate("window.isTheSame = true")
    return lambda: page.evaluate("window.isTheSame === true")
