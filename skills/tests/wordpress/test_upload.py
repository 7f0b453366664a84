"""Uploading a file: raw bytes under its name, then its alternative text."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture
def picture(writer):
    """Leave a picture on the desk, under any name."""

    def leave(name: str = "chart.png", data: bytes = PICTURE):
        (writer.home / name).write_bytes(data)
        return name

    return leave


def test_file_is_sent_as_it_is(writer, blog, picture, media):
    blog.says(media())

    said = writer.run("media", "upload", picture())

    (call,) = blog.calls
    assert (call.method, call.path, call.query, call.raw) == ("POST", "/wp-json/wp/v2/media", {}, PICTURE)
    assert call.headers["content-type"] == "image/png"
    assert call.headers["content-disposition"] == 'attachment; filename="chart.png"'
    assert call.headers["content-length"] == str(len(PICTURE))
    assert "transfer-encoding" not in call.headers
    assert said.out == (
        "Uploaded: chart\nid: 7\nurl: https://example.org/wp-content/uploads/chart.png\ntype: image/png\n"
    )


def test_alternative_text_follows(writer, blog, picture, media):
    blog.says(media())
    blog.says(media(alt_text="Säulen"))

    said = writer.run("media", "upload", picture(), "--alt", "Säulen")

    assert [(call.method, call.path) for call in blog.calls] == [
        ("POST", "/wp-json/wp/v2/media"),
        ("POST", "/wp-json/wp/v2/media/7"),
    ]
    assert blog.calls[1].body == {"alt_text": "Säulen"}
    assert blog.calls[1].headers["content-type"] == "application/json"
    assert said.out.endswith("alt: Säulen\n")


def test_lost_alternative_text_does_not_lose_the_file(writer, blog, picture, media):
    blog.says(media(), to="/wp-json/wp/v2/media")
    blog.says({"code": "rest_cannot_edit", "message": "No."}, to="/wp-json/wp/v2/media/7", status=403)

    said = writer.run("media", "upload", picture(), "--alt", "Bars of 2026")

    assert said.code == 1
    assert said.out == (
        "Error 403 rest_cannot_edit: The file is there as 7, but its alternative text is not: No.\n"
        "Hint: Do not upload it again. Run: media update 7 --alt 'Bars of 2026'\n"
    )
    assert len(blog.calls) == 2


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("my chart.png", "filename=\"my-chart.png\"; filename*=UTF-8''my%20chart.png"),
        ("Café Über.png", "filename=\"Cafe-Uber.png\"; filename*=UTF-8''Caf%C3%A9%20%C3%9Cber.png"),
        ("横幅.png", "filename=\"upload.png\"; filename*=UTF-8''%E6%A8%AA%E5%B9%85.png"),
        (
            'a"; filename="b.php;.png',
            "filename=\"a-filename-b.php.png\"; filename*=UTF-8''a%22%3B%20filename%3D%22b.php%3B.png",
        ),
        ("a\r\nX-Evil: 1.png", "filename=\"a-X-Evil-1.png\"; filename*=UTF-8''a%0D%0AX-Evil%3A%201.png"),
        ("100%.png", "filename=\"100.png\"; filename*=UTF-8''100%25.png"),
    ],
    ids=["blank", "accents", "chinese", "quotes", "line breaks", "percent"],
)
def test_any_name_is_quoted(writer, blog, picture, media, name, sent):
    blog.says(media())

    said = writer.run("media", "upload", picture(name))

    assert said.code == 0
    assert blog.calls[0].headers["content-disposition"] == f"attachment; {sent}"
    assert "x-evil" not in blog.calls[0].headers


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.JPG", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.pdf", "application/pdf"),
        ("a.unheard", "application/octet-stream"),
    ],
)
def test_type_follows_the_name(writer, blog, picture, media, name, kind):
    blog.says(media())

    writer.run("media", "upload", picture(name))

    assert blog.calls[0].headers["content-type"] == kind


def test_type_of_a_new_kind_of_picture_is_known_where_the_system_knows_it_not(cli, monkeypatch):
    monkeypatch.setattr(cli.mimetypes, "guess_type", lambda name: (None, None))

    assert cli.named("a.webp")["Content-Type"] == "image/webp"


@pytest.mark.parametrize("name", ["nothing.png", "."])
def test_what_is_no_file_is_not_sent(writer, blog, name):
    said = writer.run("media", "upload", name)

    assert said.code == 2
    assert said.out == f"Error: {name} is not there, or is no file.\n"
    assert not blog.calls


def test_rate_limited_upload_begins_again_at_its_first_byte(writer, blog, picture, media):
    blog.says({"code": "busy", "message": "Later."}, status=429, headers={"Retry-After": "0"})
    blog.says(media())

    assert writer.run("media", "upload", picture()).code == 0
    assert [call.raw for call in blog.calls] == [PICTURE, PICTURE]


def test_lost_answer_of_an_upload_is_not_followed_by_a_second_one(writer, blog, picture):
    blog.says(drop=True)

    said = writer.run("media", "upload", picture(), "--alt", "Bars")

    assert said.code == 1
    assert "It may have been done: look with `media list` before you repeat it." in said.out
    assert len(blog.calls) == 1


def test_refused_type_was_certainly_not_done(writer, blog, picture):
    blog.says({"code": "rest_upload_sideload_error", "message": "No such type."}, status=500)

    said = writer.run("media", "upload", picture("a.exe"))

    assert said.code == 1
    assert "It may have been done" not in said.out


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process within RLIMIT_AS")
def test_file_larger_than_the_memory_can_be_sent(writer, blog, media):
    room, size = 300 * 1024 * 1024, 320 * 1024 * 1024
    with (writer.home / "film.mp4").open("wb") as film:
        film.truncate(size)
    blog.says(media())

    done = subprocess.run(
        writer.command("media", "upload", "film.mp4"),
        cwd=writer.home,
        env=writer.env,
        capture_output=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (room, room)),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert blog.calls[0].headers["content-length"] == str(size)
    assert len(blog.calls[0].raw) == size
