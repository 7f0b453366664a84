"""Every page of the console as people with good eyes, bad eyes and small screens meet it."""

from axe_playwright_python.sync_playwright import Axe

from openmoss.demo.services import build
from openmoss.tests.browser.places import places
from openmoss.tests.browser.windows import serious, sticks_out

NARROW = 360
EVERYTHING = {"resultTypes": ["violations"], "preload": False}
COLOURS = EVERYTHING | {"runOnly": ["color-contrast"]}  # which are all that a theme changes
GRAVE = ("serious", "critical")


def test_every_page_can_be_read_by_everybody_and_fits_a_phone(open_page, admin):
    build(person=admin)
    page = open_page(person=admin, reduced_motion="reduce")
    faults = []

    for name, address in places().items():
        page.goto(address)
        page.evaluate(Axe().axe_script)
        faults += barriers(page, EVERYTHING, f"{name}, light")
        page.emulate_media(color_scheme="dark")
        faults += barriers(page, COLOURS, f"{name}, dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": NARROW, "height": 800})
        if excess := sticks_out(page):
            faults.append(f"{name}: wider than {NARROW} px by {excess}")
        page.set_viewport_size({"width": 1440, "height": 900})
        faults += [f"{name}: {text}" for text in serious(page.complaints)]
        page.complaints.clear()

    assert not faults, "\n".join(faults)


def barriers(page, options: dict, where: str) -> list[str]:
    found = page.evaluate("(options) => axe.run(options).then((answer) => answer.violations)", options)
    return [
        f"{where}: {each['id']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"][:3]
    ]
