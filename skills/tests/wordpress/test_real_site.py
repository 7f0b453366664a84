"""The skill on a real WordPress: what a newsroom does in a week.

Slow, and skipped unless the machine has WordPress and PHP as Debian packages them, and a MariaDB on
127.0.0.1:3306 that lets root in without a password:

    apt-get install --no-install-recommends php-cli php-mysql wordpress

Nothing of the package is changed: the site lives in a folder and a database of its own, which go at the end.
"""

from __future__ import annotations

import json
import shlex
import struct
import zlib

import pytest

from skills.tests.wordpress.real_site import RealSite, why_not

pytestmark = [pytest.mark.slow, pytest.mark.server]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if missing := why_not():
        pytest.skip(f"needs a real WordPress: {missing}")
    site = RealSite(tmp_path_factory.mktemp("wordpress"))
    yield site
    site.close()


@pytest.fixture
def run(writer, site):
    """Run a command line as Erin, or as somebody else, and return what it printed."""

    def run(line: str, code: int = 0, user: str = "erin", **env: str):
        login = {"WORDPRESS_USER": user, "WORDPRESS_APP_PASSWORD": site.passwords[user]}
        said = writer.run(*shlex.split(line), **{"WORDPRESS_URL": site.url, **login, **env})
        assert said.code == code, said.out
        return said

    return run


@pytest.fixture
def number(run):
    """Run a command line and return the id of what it made."""
    return lambda line: json.loads(run(f"{line} --json").out)["id"]


def png(width: int = 40, height: int = 30) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\x40\x80\xc0" * width) * height)
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_post_is_drafted_read_back_published_and_deleted(run, number, writer):
    (writer.home / "digest.html").write_text("<p>Räume & Zeiten</p>\n<p>Ende</p>", encoding="utf-8")
    category, tag = number("category create 'Räume & mehr'"), number("tag create weekly")
    post = number(
        f"post create 'Tom & Jerry: \"digest\"' --content-file digest.html --excerpt Kurz --slug tom "
        f"--categories {category} --tags {tag} --comment-status closed --ping-status closed --sticky"
    )

    assert f"- {post} [draft] Tom & Jerry: “digest” | link: " in run("post list --status draft").out
    assert f"- {post} " not in run("post list").out
    read = run(f"post get {post} --edit").out
    assert read.startswith('Tom & Jerry: "digest"\n')
    assert f"categories: {category}\ntags: {tag}\n" in read
    assert read.endswith("content:\n  <p>Räume & Zeiten</p>\n  <p>Ende</p>\n")

    published = run(f"post update {post} --status publish --sticky false --format standard").out
    assert "status: publish" in published
    assert "/tom/" in published
    whole = json.loads(run(f"post get {post} --edit --json").out)
    assert (whole["sticky"], whole["comment_status"], whole["ping_status"]) == (False, "closed", "closed")
    assert whole["excerpt"]["raw"] == "Kurz"
    assert f"- {post} [post post] Tom & Jerry" in run("search Jerry").out
    assert "Found: 0\n" in run(f"search Jerry --exclude {post}").out
    assert (
        f"- {post} "
        in run(f"post list --categories {category} --search Jerry --order asc --orderby title").out
    )
    assert "Posts: 0" in run("post list --after 2999-01-01T00:00:00").out

    assert "Moved to the trash" in run(f"post delete {post}").out
    assert "Only --force" in run(f"post delete {post}", code=1).out
    assert "Deleted for good" in run(f"post delete {post} --force").out
    assert "Error 404 rest_post_invalid_id" in run(f"post get {post}", code=1).out


def test_update_leaves_what_it_does_not_name(run, number):
    post = number("post create Before --content '<p>Stays</p>' --slug stays")

    run(f"post update {post} --title After")

    read = run(f"post get {post} --edit").out
    assert read.startswith("After\n")
    assert "<p>Stays</p>" in read


def test_post_of_tomorrow_waits(run, number):
    post = number("post create Later --status future --date 2999-01-31T09:00:00")

    assert f"- {post} [future] Later" in run("post list --status future").out
    assert f"- {post} " not in run("post list").out


def test_pages_have_parents_and_an_order(run, number):
    above = number("page create About --status publish")
    below = number(f"page create Team --status publish --parent {above} --menu-order 3")

    assert f"parent: {above}\nmenu order: 3\n" in run(f"page get {below}").out
    assert f"- {below} [publish] Team | parent: {above}" in run(f"page list --parent {above}").out
    assert "menu order: -1" in run(f"page update {below} --menu-order -1 --parent 0").out
    assert f"- {below} [post page] Team" in run("search Team --subtype page").out
    run(f"page delete {below}")
    assert "Deleted for good: Team" in run(f"page delete {below} --force").out


@pytest.mark.parametrize("name", ["chart.png", 'Café "Über"; 横幅.png', "横幅.png"])
def test_picture_is_uploaded_described_used_and_deleted(run, number, writer, name):
    (writer.home / name).write_bytes(png())

    picture = number(f"media upload {shlex.quote(name)} --alt 'Blau & weiß'")

    assert f"- {picture} [image] " in run("media list --media-type image").out
    shown = run(f"media get {picture}").out
    assert "type: image/png\nalt: Blau & weiß\n" in shown
    assert ".png\n" in shown
    post = number(f"post create Picture --featured-media {picture}")
    words = "--title Chart --caption 'A < B' --description Visits"
    assert run(f"media update {picture} {words} --post {post} --alt Bars").out.startswith("Updated: Chart\n")
    whole = json.loads(run(f"media get {picture} --json").out)
    assert (whole["alt_text"], whole["post"]) == ("Bars", post)
    assert json.loads(run(f"post get {post} --json").out)["featured_media"] == picture
    run(f"media delete {picture}")
    assert "Error 404" in run(f"media get {picture}", code=1).out


def test_file_of_a_type_that_wordpress_does_not_take_is_refused(run, writer):
    (writer.home / "tool.exe").write_bytes(b"MZ")

    said = run("media upload tool.exe", code=1)

    assert "Hint: WordPress refused the file." in said.out


def test_category_that_exists_is_named(run, number):
    category = number("category create Politik --slug politik")

    assert f"its id is {category}." in run("category create Politik", code=1).out
    assert f"- {category} Politik | slug: politik | posts: 0" in run("category list --search poli").out
    assert f"parent: {category}" in run(f"category create Wahlen --parent {category}").out


def test_long_list_comes_in_pages(run, number):
    for name in ("a", "b", "c"):
        number(f"post create 'Serie {name}'")

    first = run("post list --status draft --search Serie --per-page 2").out
    more = first.splitlines()[-1].split("More: ")[1]

    assert first.startswith("Posts: 3 in all, page 1 of 2\n")
    assert run(more).out.startswith("Posts: 3 in all, page 2 of 2\n")
    assert "fewer pages" in run("post list --status draft --search Serie --page 9", code=1).out


@pytest.mark.parametrize("login", [{"WORDPRESS_APP_PASSWORD": "aaaa bbbb"}, {"WORDPRESS_USER": "nobody"}])
def test_wrong_login_writes_nothing(run, login):
    refused = run("post create Intruder", code=1, **login)

    assert refused.out.startswith("Error 401 ")
    assert "WORDPRESS_APP_PASSWORD" in refused.out
    assert "WORDPRESS_APP_PASSWORD" in run("post list --status draft", code=1, **login).out
    assert "Posts: 0" in run("post list --status any --search Intruder").out


def test_password_of_the_login_page_is_none(run):
    assert run("post create Intruder", code=1, WORDPRESS_APP_PASSWORD="log me in").out.startswith(
        "Error 401 "
    )


def test_contributor_may_draft_but_not_publish(run):
    assert "status: draft" in run("post create Mine", user="cora").out
    refused = run("post create Mine --status publish", code=1, user="cora")

    assert refused.out.startswith("Error 403 rest_cannot_publish: ")
    assert "it needs the role Author" in refused.out


def test_value_that_wordpress_does_not_know_is_named(run):
    said = run("post create Mine --status bogus", code=1)

    assert said.out.startswith("Error 400 rest_invalid_param: ")
    assert "- status: status is not one of publish" in said.out


def test_wrong_folder_of_the_site_is_not_followed(run, site):
    said = run("post list", code=1, WORDPRESS_URL=f"{site.url}/nowhere")

    assert said.out.startswith(("Error redirect", "Error 404"))
