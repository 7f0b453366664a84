"""Every command with every option: what it asks of WordPress."""

from __future__ import annotations

import base64
import os
import shlex
import sys

import pytest

POSTS, PAGES = "/wp-json/wp/v2/posts", "/wp-json/wp/v2/pages"
MEDIA, SEARCH = "/wp-json/wp/v2/media", "/wp-json/wp/v2/search"
CATEGORIES, TAGS = "/wp-json/wp/v2/categories", "/wp-json/wp/v2/tags"
POST_FIELDS = {"_fields": "id,title,slug,status,link,date,modified,categories,tags"}
PAGE_FIELDS = {"_fields": "id,title,slug,status,link,date,modified,parent,menu_order"}
MEDIA_FIELDS = {"_fields": "id,title,source_url,media_type,mime_type,date"}
FIRST = {"page": "1", "per_page": "10"}
CATEGORY_FIELDS = {"page": "1", "per_page": "100", "_fields": "id,name,slug,count,parent"}
TAG_FIELDS = {"page": "1", "per_page": "100", "_fields": "id,name,slug,count"}
VIEW, EDIT, FORCE = {"context": "view"}, {"context": "edit"}, {"force": "true"}
DRAFT = {"title": "Digest", "status": "draft"}

READS = [
    ("post list", POSTS, FIRST | POST_FIELDS),
    ("post list --page 2 --per-page 50", POSTS, {"page": "2", "per_page": "50"} | POST_FIELDS),
    ("post list --status draft", POSTS, FIRST | POST_FIELDS | {"status": "draft"}),
    ("post list --search 'a & b'", POSTS, FIRST | POST_FIELDS | {"search": "a & b"}),
    ("post list --categories 3,4", POSTS, FIRST | POST_FIELDS | {"categories": "3,4"}),
    ("post list --order asc", POSTS, FIRST | POST_FIELDS | {"order": "asc"}),
    ("post list --orderby title", POSTS, FIRST | POST_FIELDS | {"orderby": "title"}),
    ("post list --after 2026-01-01T00:00:00", POSTS, FIRST | POST_FIELDS | {"after": "2026-01-01T00:00:00"}),
    (
        "post list --before 2026-02-01T00:00:00",
        POSTS,
        FIRST | POST_FIELDS | {"before": "2026-02-01T00:00:00"},
    ),
    ("post list --author 5", POSTS, FIRST | POST_FIELDS | {"author": "5"}),
    ("post get 12", f"{POSTS}/12", VIEW),
    ("post get 12 --edit", f"{POSTS}/12", EDIT),
    ("page list", PAGES, FIRST | PAGE_FIELDS),
    ("page list --page 3 --per-page 5", PAGES, {"page": "3", "per_page": "5"} | PAGE_FIELDS),
    ("page list --status any", PAGES, FIRST | PAGE_FIELDS | {"status": "any"}),
    ("page list --search about", PAGES, FIRST | PAGE_FIELDS | {"search": "about"}),
    ("page list --parent 0", PAGES, FIRST | PAGE_FIELDS | {"parent": "0"}),
    ("page list --order desc", PAGES, FIRST | PAGE_FIELDS | {"order": "desc"}),
    ("page list --orderby menu_order", PAGES, FIRST | PAGE_FIELDS | {"orderby": "menu_order"}),
    ("page get 2", f"{PAGES}/2", VIEW),
    ("page get 2 --edit", f"{PAGES}/2", EDIT),
    ("media list", MEDIA, FIRST | MEDIA_FIELDS),
    ("media list --page 2 --per-page 100", MEDIA, {"page": "2", "per_page": "100"} | MEDIA_FIELDS),
    ("media list --media-type image", MEDIA, FIRST | MEDIA_FIELDS | {"media_type": "image"}),
    ("media list --search chart", MEDIA, FIRST | MEDIA_FIELDS | {"search": "chart"}),
    ("media get 7", f"{MEDIA}/7", {}),
    ("category list", CATEGORIES, CATEGORY_FIELDS),
    ("category list --search news", CATEGORIES, CATEGORY_FIELDS | {"search": "news"}),
    ("category list --page 2", CATEGORIES, CATEGORY_FIELDS | {"page": "2"}),
    ("tag list", TAGS, TAG_FIELDS),
    ("tag list --search ai", TAGS, TAG_FIELDS | {"search": "ai"}),
    ("tag list --page 2", TAGS, TAG_FIELDS | {"page": "2"}),
    ("search digest", SEARCH, FIRST | {"search": "digest", "type": "post"}),
    ("search ai --type term", SEARCH, FIRST | {"search": "ai", "type": "term"}),
    ("search ai --subtype page", SEARCH, FIRST | {"search": "ai", "type": "post", "subtype": "page"}),
    (
        "search ai --page 2 --per-page 3",
        SEARCH,
        {"page": "2", "per_page": "3", "search": "ai", "type": "post"},
    ),
    ("search ai --exclude 1,2", SEARCH, FIRST | {"search": "ai", "type": "post", "exclude": "1,2"}),
    ("search ai --include 1,2", SEARCH, FIRST | {"search": "ai", "type": "post", "include": "1,2"}),
]
# What may be said of a new post or page, and of an old one.
SHARED = [
    ("--content '<p>Hi</p>'", {"content": "<p>Hi</p>"}),
    ("--content-file body.html", {"content": "<p>Räume</p>\n"}),
    ("--excerpt Short", {"excerpt": "Short"}),
    ("--slug weekly", {"slug": "weekly"}),
    ("--featured-media 7", {"featured_media": 7}),
    ("--featured-media 0", {"featured_media": 0}),
    ("--comment-status closed", {"comment_status": "closed"}),
    ("--ping-status open", {"ping_status": "open"}),
    ("--date 2027-01-31T09:00:00", {"date": "2027-01-31T09:00:00"}),
]
OF_POSTS = [
    ("--categories 3,4", {"categories": [3, 4]}),
    ("--categories ''", {"categories": []}),
    ("--tags 9", {"tags": [9]}),
    ("--format quote", {"format": "quote"}),
    ("--sticky", {"sticky": True}),
    ("--sticky true", {"sticky": True}),
    ("--sticky false", {"sticky": False}),
    ("--sticky no", {"sticky": False}),
]
OF_PAGES = [
    ("--parent 2", {"parent": 2}),
    ("--parent 0", {"parent": 0}),
    ("--menu-order -1", {"menu_order": -1}),
]
FUTURE = {"status": "future", "date": "2027-01-31T09:00:00"}
WRITES = [
    ("post create Digest", POSTS, DRAFT),
    ("post create Digest --status publish", POSTS, {**DRAFT, "status": "publish"}),
    ("post create Digest --status future --date 2027-01-31T09:00:00", POSTS, {**DRAFT, **FUTURE}),
    ("page create Digest", PAGES, DRAFT),
    ("page create Digest --status private", PAGES, {**DRAFT, "status": "private"}),
    ("post update 12 --title New", f"{POSTS}/12", {"title": "New"}),
    ("post update 12 --status publish", f"{POSTS}/12", {"status": "publish"}),
    ("page update 2 --title New", f"{PAGES}/2", {"title": "New"}),
    ("page update 2 --status draft", f"{PAGES}/2", {"status": "draft"}),
    *((f"post create Digest {words}", POSTS, {**DRAFT, **body}) for words, body in SHARED + OF_POSTS),
    *((f"post update 12 {words}", f"{POSTS}/12", body) for words, body in SHARED + OF_POSTS),
    *((f"page create Digest {words}", PAGES, {**DRAFT, **body}) for words, body in SHARED + OF_PAGES),
    *((f"page update 2 {words}", f"{PAGES}/2", body) for words, body in SHARED + OF_PAGES),
    ("media update 7 --alt Bars", f"{MEDIA}/7", {"alt_text": "Bars"}),
    ("media update 7 --caption Bars", f"{MEDIA}/7", {"caption": "Bars"}),
    ("media update 7 --description Bars", f"{MEDIA}/7", {"description": "Bars"}),
    ("media update 7 --title Bars", f"{MEDIA}/7", {"title": "Bars"}),
    ("media update 7 --post 12", f"{MEDIA}/7", {"post": 12}),
    ("category create News", CATEGORIES, {"name": "News"}),
    ("category create News --slug n --parent 3", CATEGORIES, {"name": "News", "slug": "n", "parent": 3}),
    ("tag create 'AI & us'", TAGS, {"name": "AI & us"}),
    ("tag create AI --slug ai", TAGS, {"name": "AI", "slug": "ai"}),
]
DELETES = [
    ("post delete 12", f"{POSTS}/12", {}),
    ("post delete 12 --force", f"{POSTS}/12", FORCE),
    ("page delete 2", f"{PAGES}/2", {}),
    ("page delete 2 --force", f"{PAGES}/2", FORCE),
    ("media delete 7", f"{MEDIA}/7", FORCE),
]


@pytest.fixture
def only_call(cli, writer, blog, monkeypatch):
    """Carry out one command line and return the one call that it made."""

    def only_call(line: str):
        (writer.home / "body.html").write_text("<p>Räume</p>\n", encoding="utf-8")
        monkeypatch.chdir(writer.home)
        # Within this process: a hundred lines in a hundred processes would take their time.
        monkeypatch.setattr(sys, "argv", ["wordpress-cli.py", *shlex.split(line)])
        monkeypatch.setattr(os, "environ", writer.env)
        assert cli.main() == 0

        (call,) = blog.calls
        # "erin:abcd efgh ijkl mnop", as RFC 7617 has it.
        assert call.headers["authorization"] == "Basic ZXJpbjphYmNkIGVmZ2ggaWprbCBtbm9w"
        assert call.headers["accept"] == "application/json"
        return call

    return only_call


@pytest.mark.parametrize(("line", "path", "query"), READS, ids=[line for line, _, _ in READS])
def test_what_a_read_asks(only_call, blog, post, line, path, query):
    blog.says([] if path.split("/")[-1].isalpha() else post(content={"raw": "Hi"}))

    call = only_call(line)

    assert (call.method, call.path, call.query, call.raw) == ("GET", path, query, b"")
    assert "content-type" not in call.headers


@pytest.mark.parametrize(("line", "path", "body"), WRITES, ids=[line for line, _, _ in WRITES])
def test_what_a_write_sends(only_call, blog, post, line, path, body):
    blog.says(post())

    call = only_call(line)

    assert (call.method, call.path, call.query, call.body) == ("POST", path, {}, body)
    assert call.headers["content-type"] == "application/json"


@pytest.mark.parametrize(("line", "path", "query"), DELETES, ids=[line for line, _, _ in DELETES])
def test_what_a_deletion_sends(only_call, blog, post, line, path, query):
    blog.says({"deleted": True, "previous": post()} if query else post(status="trash"))

    call = only_call(line)

    assert (call.method, call.path, call.query, call.raw) == ("DELETE", path, query, b"")


def test_no_command_and_no_option_is_missing_above(cli):
    names = [command.name for command in cli.COMMANDS]
    offered = {(c.name, each.flag) for c in cli.COMMANDS for each in c.args if each.flag.startswith("--")}

    tried = set()
    for line, *_ in READS + WRITES + DELETES:
        (name,) = (name for name in names if f"{line} ".startswith(f"{name} "))
        tried |= {(name, word) for word in (*shlex.split(line), "") if not word or word.startswith("--")}

    of_uploads = {("media upload", ""), ("media upload", "--alt")}  # test_upload.py
    assert {*offered, *((name, "") for name in names)} - tried == of_uploads


def test_content_comes_from_standard_input_too(writer, blog, post):
    blog.says(post())

    said = writer.run("post", "create", "Digest", "--content", "-", stdin="<p>Räume</p>".encode())

    assert said.code == 0
    assert blog.calls[0].body["content"] == "<p>Räume</p>"


@pytest.mark.parametrize("noun", ["post", "page", "media"])
def test_update_with_nothing_given_says_so_and_asks_nobody(writer, blog, noun):
    said = writer.run(noun, "update", "12")

    assert said.code == 1
    assert said.out.startswith("Error: Nothing to change was given.\n")
    assert f"`{noun} update --help`" in said.out
    assert not blog.calls


def test_future_without_a_date_is_refused_since_wordpress_would_publish(writer, blog):
    said = writer.run("post", "create", "Digest", "--status", "future")

    assert said.code == 2
    assert "--date" in said.out
    assert not blog.calls


@pytest.mark.parametrize(
    "line",
    [
        "post update 12 --sticky maybe",
        "post list --per-page 101",
        "post list --per-page 0",
        "post list --page 0",
        "post get ../users",
        "post get 0",
        "post create Digest --categories news",
        "post create Digest --comment-status perhaps",
        "post create Digest --content a --content-file body.html",
        "post create Digest --content-file nothing.html",
        "post list --order up",
        "post publish 12",
    ],
)
def test_what_cannot_be_meant_is_not_sent(writer, blog, line):
    (writer.home / "body.html").write_text("b")

    said = writer.run(*shlex.split(line))

    assert said.code == 2
    assert said.out + said.err
    assert not blog.calls


def test_content_that_is_no_text_is_not_sent(writer, blog):
    (writer.home / "body.html").write_bytes(b"\xff\xfe")

    said = writer.run("post", "create", "Digest", "--content-file", "body.html")

    assert said.code == 2
    assert said.out == "Error: body.html cannot be read: it is not UTF-8 text.\n"
    assert not blog.calls


@pytest.mark.parametrize("line", ["", "post", "media"])
def test_no_command_prints_help(writer, blog, line):
    said = writer.run(*line.split())

    assert said.code == 0
    assert "usage: wordpress-cli.py" in said.out
    assert not blog.calls


def test_login_with_letters_beyond_ascii_travels_as_utf_8(writer, blog):
    blog.says([])

    writer.run("post", "list", WORDPRESS_USER="zoë")

    sent = blog.calls[0].headers["authorization"].split()[1]
    assert base64.b64decode(sent).decode() == "zoë:abcd efgh ijkl mnop"
