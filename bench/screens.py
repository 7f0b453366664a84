"""Take a picture of every page of the console, light and dark, on a desk and on a phone.

    python bench/screens.py [--only NAME]... [--out FOLDER] [--readme]

It fills a database of its own with the demonstration, serves it, and throws both away. The pictures go to
build/screens. It says of each page whether it is wider than its window and what the browser complained of,
and exits with 1 when there is anything. `--readme` makes the one picture of the README instead.
"""

import argparse
import base64
import os
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = (1440, 390)
THEMES = ("light", "dark")
HEIGHT = 900
PICTURE = ROOT / "docs" / "console.webp"


def main() -> int:
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="openmoss-screens-") as folder,
        _demonstration(Path(folder)) as site,
    ):
        from openmoss.tests.browser.windows import browser

        with browser() as chromium:
            return (_picture if options.readme else _tour)(chromium, site, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="this page; may be repeated")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "screens", metavar="FOLDER")
    parser.add_argument("--readme", action="store_true", help=f"make {PICTURE.relative_to(ROOT)}")
    return parser.parse_args()


@contextmanager
def _demonstration(folder: Path):
    """Serve the demonstration and return its address; Django sees the same database."""
    os.environ |= {
        "OPENMOSS_DATA_DIR": str(folder),
        "OPENMOSS_ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "openmoss.settings",
    }
    os.environ.pop("DATABASE_URL", None)
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from django.test.testcases import LiveServerThread

    from openmoss.management.commands.worker import Worker

    with open(os.devnull, "w") as nowhere:
        call_command("migrate", verbosity=0)
        call_command("demo", stdout=nowhere)
    # As in the tests, so that the files of the pages come from the checkout, not from where a start collects them.
    settings.REQUEST_LOG_FLUSH_SECONDS = None
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    server, clock = LiveServerThread("127.0.0.1", StaticFilesHandler), Worker()
    server.start()
    # Without a clock every page would soon say that none is seen.
    ticking = threading.Thread(target=clock.run)
    ticking.start()
    server.is_ready.wait()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        clock.stop()
        ticking.join()
        server.terminate()


def _tour(chromium, site: str, options: argparse.Namespace) -> int:
    from openmoss.tests.browser.places import places

    found = {name: at for name, at in places().items() if not options.only or name in options.only}
    if not found:
        sys.exit(f"There is no such page. There are: {', '.join(places())}.")
    options.out.mkdir(parents=True, exist_ok=True)
    faults = [
        fault for name, address in found.items() for fault in _visit(chromium, site, name, address, options)
    ]
    print(f"{len(found)} pages in {options.out}, {len(faults)} faults")
    return 1 if faults else 0


def _visit(chromium, site: str, name: str, address: str, options: argparse.Namespace) -> list[str]:
    """Take the four pictures of a page; return what is wrong with it."""
    from openmoss.tests.browser.windows import serious, sticks_out

    complaints: list[str] = []
    page = _signed_in(chromium, site, complaints)
    faults = []
    page.goto(address)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if excess := sticks_out(page):
            faults.append(f"{name}: wider than {width} px by {excess}")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.screenshot(
                path=options.out / f"{name}-{width}-{theme}.png", full_page=True, animations="disabled"
            )
    page.context.close()
    faults += [f"{name}: {text}" for text in serious(complaints)]
    print("\n".join(faults) or f"{name}: ok", flush=True)
    return faults


def _picture(chromium, site: str, options: argparse.Namespace) -> int:
    """Write the picture of the dashboard that the README shows; WebP, which is a third of a PNG."""
    page = _signed_in(chromium, site, [])
    page.goto("/dashboard")
    taken = page.context.new_cdp_session(page).send(
        "Page.captureScreenshot", {"format": "webp", "quality": 90}
    )
    PICTURE.write_bytes(base64.b64decode(taken["data"]))
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB")
    return 0


def _signed_in(chromium, site: str, complaints: list[str]):
    from django.contrib.auth.models import User

    from openmoss.tests.browser.windows import open_window

    person = User.objects.get(is_superuser=True)
    page = open_window(chromium, site, person=person, complaints=complaints, reduced_motion="reduce")
    page.context.set_default_timeout(60_000)
    return page


if __name__ == "__main__":
    sys.exit(main())
