"""`generate_gemini_image.py`: the request, the picture that is written whole or not at all, and refusals."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest

from skills.tests.skill_scripts import KEY, Said, Script

KINDS = {
    "image/png": b"\x89PNG\r\n\x1a\nrest",
    "image/jpeg": b"\xff\xd8\xff\xe0rest",
    "image/webp": b"RIFF\x10\x00\x00\x00WEBPrest",
    "image/gif": b"GIF89a\nrest",
    "image/heic": b"\x00\x00\x00\x18ftypheicrest",
}
PNG = KINDS["image/png"]


@pytest.fixture
def gemini(tmp_path, office):
    return Script(
        "antigravity-gemini-image/scripts/generate_gemini_image.py",
        tmp_path,
        LOCAL_160_BASE_URL=office.url,
        LOCAL_160_API_KEY=KEY,
    )


def parts(*them: dict, **candidate: str) -> dict:
    """Return an answer as gateways send it."""
    return {"candidates": [{"content": {"role": "model", "parts": list(them)}, **candidate}]}


def image(data: bytes = PNG, name: str = "inlineData") -> dict:
    return {name: {"mimeType": "image/png", "data": base64.b64encode(data).decode()}}


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def draw(gemini: Script, *words: str, **env: str | None) -> Said:
    return gemini.run("--prompt", "A lighthouse", "--out", "a.png", *words, **env)


def test_prompt_travels_as_the_gateway_expects_it(gemini, office):
    office.says(parts(image()))

    draw(gemini)

    (call,) = office.calls
    assert (call.method, call.path) == ("POST", "/v1beta/models/gemini-3.1-flash-image:generateContent")
    assert call.headers["x-goog-api-key"] == KEY
    assert call.headers["content-type"] == "application/json"
    assert "authorization" not in call.headers
    assert call.query == {}
    assert call.body == {
        "contents": [{"role": "user", "parts": [{"text": "A lighthouse"}]}],
        "generationConfig": {
            "temperature": 0.3,
            "responseModalities": ["TEXT", "IMAGE"],
            "imageConfig": {"imageSize": "4K", "aspectRatio": "16:9"},
        },
    }


def test_every_choice_is_the_callers(gemini, office):
    office.says(parts(image()))
    set_otherwise = {"GEMINI_IMAGE_MODEL": "m", "GEMINI_IMAGE_SIZE": "2K", "GEMINI_IMAGE_RATIO": "4:3"}

    words = ["--model", "my/model", "--size", "1K", "--ratio", "1:1", "--temperature", "1.5"]
    draw(gemini, *words, **set_otherwise)

    (call,) = office.calls
    assert call.path == "/v1beta/models/my%2Fmodel:generateContent"
    assert call.body["generationConfig"]["temperature"] == 1.5
    assert call.body["generationConfig"]["imageConfig"] == {"imageSize": "1K", "aspectRatio": "1:1"}


def test_or_else_the_operators(gemini, office):
    office.says(parts(image()))

    draw(gemini, GEMINI_IMAGE_MODEL="large", GEMINI_IMAGE_SIZE="2K", GEMINI_IMAGE_RATIO="4:3")

    (call,) = office.calls
    assert call.path == "/v1beta/models/large:generateContent"
    assert call.body["generationConfig"]["imageConfig"] == {"imageSize": "2K", "aspectRatio": "4:3"}


@pytest.mark.parametrize(
    ("env", "shown"),
    [
        ({"GEMINI_IMAGE_TIMEOUT": "0.2", "LOCAL_160_TIMEOUT": "9"}, "0.2 s"),
        ({"LOCAL_160_TIMEOUT": "0.3"}, "0.3 s"),
    ],
)
def test_its_own_timeout_comes_before_the_shared_one(gemini, office, env, shown):
    office.says(stall=True)

    said = draw(gemini, **env)

    assert said.code == 1
    assert shown in said.err
    assert files(gemini.desk) == set()


@pytest.mark.parametrize("name", ["inline_data", "inlineData"])
def test_first_image_is_written_and_its_path_printed(gemini, office, name):
    words, empty = {"text": "Here it is."}, {"inlineData": None}
    office.says(parts(words, empty, image(name=name), image(KINDS["image/gif"])))

    said = gemini.run("--prompt", "P", "--out", "new/folder/a.png")

    assert (said.code, said.out, said.err) == (0, "new/folder/a.png\n", "")
    assert (gemini.desk / "new/folder/a.png").read_bytes() == PNG
    assert files(gemini.desk) == {"new/folder/a.png"}


def test_base64_in_lines_is_read(gemini, office):
    lines = base64.encodebytes(PNG * 20).decode()
    office.says(parts({"inlineData": {"data": lines}}))

    draw(gemini)

    assert (gemini.desk / "a.png").read_bytes() == PNG * 20


def test_new_file_has_the_mode_that_new_files_have(gemini, office):
    office.says(parts(image()))
    (gemini.desk / "other").write_text("")

    draw(gemini)

    modes = {stat.S_IMODE((gemini.desk / name).stat().st_mode) for name in ("a.png", "other")}
    assert len(modes) == 1


def test_link_still_leads_to_the_file_that_was_replaced(gemini, office):
    office.says(parts(image()))
    (gemini.desk / "true.png").write_bytes(b"old")
    (gemini.desk / "a.png").symlink_to("true.png")

    draw(gemini)

    assert (gemini.desk / "a.png").is_symlink()
    assert (gemini.desk / "true.png").read_bytes() == PNG


@pytest.mark.parametrize("kind", KINDS)
def test_image_to_start_from_travels_with_its_kind(gemini, office, kind):
    office.says(parts(image()))
    (gemini.desk / "wrong.txt").write_bytes(KINDS[kind])

    draw(gemini, "--image", "wrong.txt")

    text, sent = office.calls[0].body["contents"][0]["parts"]
    assert text == {"text": "A lighthouse"}
    assert sent == {"inline_data": {"mime_type": kind, "data": base64.b64encode(KINDS[kind]).decode()}}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("a.png", "image/png"), ("a.PNG", "image/png"), ("a.jpg", "image/jpeg"), ("a.webp", "image/webp")),
        *(("a.heif", "image/heic"), ("a.tiff", "image/jpeg"), ("a", "image/jpeg")),
    ],
)
def test_unknown_content_goes_by_its_name(gemini, office, name, kind):
    office.says(parts(image()))
    (gemini.desk / "in").mkdir()
    (gemini.desk / "in" / name).write_bytes(b"who knows")

    draw(gemini, "--image", f"in/{name}")

    assert office.calls[0].body["contents"][0]["parts"][1]["inline_data"]["mime_type"] == kind


def test_image_of_exactly_the_limit_is_sent(gemini, office):
    office.says(parts(image()))
    (gemini.desk / "in.png").write_bytes(PNG.ljust(14 << 20, b"x"))

    assert draw(gemini, "--image", "in.png").code == 0
    assert len(office.calls[0].raw) < 20_000_000


@pytest.mark.parametrize("size", [0, (14 << 20) + 1])
def test_empty_or_huge_image_is_refused(gemini, office, size):
    with (gemini.desk / "in.png").open("wb") as file:
        file.truncate(size)

    said = draw(gemini, "--image", "in.png")

    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Error: in.png is empty or too large.\nHint: ")
    assert office.calls == []


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_image_that_is_no_file_is_refused(gemini, office, name):
    said = draw(gemini, "--image", name)

    assert said.code == 2
    assert office.calls == []
    assert files(gemini.desk) == set()


@pytest.mark.parametrize("out", ["", "folder", "file/a.png", "x" * 300])
def test_place_that_cannot_be_written_is_refused_before_anything_is_paid_for(gemini, office, out):
    (gemini.desk / "folder").mkdir()
    (gemini.desk / "file").write_text("mine")

    said = draw(gemini, "--out", out)

    assert (said.code, said.out) == (2, "")
    assert "cannot be written: " in said.err
    assert office.calls == []
    assert files(gemini.desk) == {"file"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="limits are set as on Linux")
def test_disk_that_fills_up_leaves_the_old_image(gemini, office):
    office.says(parts(image(PNG * 10_000)))
    (gemini.desk / "a.png").write_bytes(b"old")
    words = ["--prompt", "P", "--out", "a.png"]
    gemini.command = lambda *_: ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *Script.command(gemini, *words)]

    said = gemini.run()

    assert (said.code, said.out) == (1, "")
    assert "a.png could not be written: " in said.err
    assert files(gemini.desk) == {"a.png"}
    assert (gemini.desk / "a.png").read_bytes() == b"old"


def test_name_that_promises_another_kind_is_warned_about(gemini, office):
    office.says(parts(image(KINDS["image/jpeg"])))

    said = draw(gemini)

    assert (said.code, said.out) == (0, "a.png\n")
    assert said.err == "Warning: a.png holds image/jpeg, which its name does not say.\n"


def test_name_without_a_kind_is_not_warned_about(gemini, office):
    office.says(parts(image(KINDS["image/jpeg"])))

    assert gemini.run("--prompt", "P", "--out", "picture").err == ""


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (parts({"text": "I draw no\nmoney."}, finishReason="STOP"), "I draw no money.; STOP"),
        (parts(finishReason="IMAGE_SAFETY"), "IMAGE_SAFETY"),
        ({"promptFeedback": {"blockReason": "OTHER"}}, "OTHER"),
        ({"error": {"message": "Quota."}}, "Quota."),
        ({"candidates": []}, "it gives no reason"),
        ([], "it gives no reason"),
        (parts({"text": "x" * 900}), "x" * 299 + "…"),
    ],
)
def test_answer_without_image_says_why(gemini, office, answer, why):
    (gemini.desk / "a.png").write_bytes(b"old")
    office.says(answer)

    said = draw(gemini)

    assert (said.code, said.out) == (3, "")
    assert said.err.splitlines()[0] == f"Error: The answer holds no image: {why}"
    assert (gemini.desk / "a.png").read_bytes() == b"old"
    assert files(gemini.desk) == {"a.png"}


@pytest.mark.parametrize(
    "found",
    [
        {"data": "not base64!"},
        {"data": base64.b64encode(PNG).decode() + "!"},
        {"data": base64.b64encode(PNG).decode()[:-3]},
        {"data": base64.b64encode(b"<svg/>").decode()},
        {"data": "https://files.test/a.png"},
        {"data": ""},
        {"data": None},
        {"mimeType": "image/png"},
        "text",
    ],
)
def test_what_is_no_image_is_not_written(gemini, office, found):
    office.says(parts({"inlineData": found}))

    said = draw(gemini)

    assert (said.code, said.out) == (3, "")
    assert said.err.startswith("Error: What the answer holds is not an image in base64.\nHint: ")
    assert files(gemini.desk) == set()


@pytest.mark.parametrize("words", [("--prompt", " "), ("--temperature", "3"), ("--temperature", "nan")])
def test_senseless_input_is_refused(gemini, office, words):
    said = draw(gemini, *words)

    assert (said.code, said.out) == (2, "")
    assert office.calls == []


def test_refusal_writes_nothing(gemini, office):
    office.says({"error": {"message": "Over quota."}}, status=403)

    said = draw(gemini)

    assert (said.code, said.out) == (1, "")
    assert files(gemini.desk) == set()
