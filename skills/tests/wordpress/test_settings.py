"""Which site is meant, and what never leaves this machine."""

from __future__ import annotations

import base64
import os

import pytest

NOTHING = dict.fromkeys(("WORDPRESS_URL", "WORDPRESS_USER", "WORDPRESS_APP_PASSWORD"))


@pytest.fixture
def site_file(blog):
    """Leave the settings of the blog in a file, with another user, and changes."""

    def leave(file, user: str = "ed", **changes):
        settings = {"URL": blog.url, "USER": user, "APP_PASSWORD": '"efgh abcd"', **changes}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"WORDPRESS_{name}={value}\n" for name, value in settings.items() if value))
        file.chmod(0o600)
        return file

    return leave


def who(blog) -> str:
    return base64.b64decode(blog.calls[-1].headers["authorization"].split()[1]).decode()


def test_environment_wins_over_files(writer, blog, site_file):
    site_file(writer.script.with_name(".env"))
    blog.says([])

    assert writer.run("post", "list").code == 0
    assert who(blog) == "erin:abcd efgh ijkl mnop"


def test_named_file_wins_over_the_environment(writer, blog, site_file, tmp_path):
    blog.says([])

    assert writer.run("--env-file", str(site_file(tmp_path / "my.env")), "post", "list").code == 0
    assert who(blog) == "ed:efgh abcd"


def test_files_are_looked_for_from_the_skill_outwards(writer, blog, site_file, tmp_path):
    places = [
        writer.script.with_name(".env"),
        tmp_path / "workspace" / ".env",
        tmp_path / "openclaw" / ".env",
        tmp_path / "home" / ".openclaw" / "workspace" / ".env",
    ]
    for number, place in enumerate(places):
        site_file(place, user=f"user{number}")
    blog.says([])

    seen = []
    for place in places:
        writer.run("post", "list", OPENCLAW_WORKSPACE=str(tmp_path / "openclaw"), **NOTHING)
        seen.append(who(blog).split(":")[0])
        place.unlink()

    assert seen == ["user0", "user1", "user2", "user3"]


def test_file_that_names_no_site_is_passed_by(writer, blog, site_file, tmp_path):
    (tmp_path / "workspace" / ".env").write_text("OPENMOSS_PORT=1\n")
    site_file(tmp_path / "home" / ".openclaw" / "workspace" / ".env")
    blog.says([])

    assert writer.run("post", "list", **NOTHING).code == 0


def test_working_folder_names_no_site(writer, blog, site_file):
    site_file(writer.home / ".env")

    said = writer.run("post", "list", **NOTHING)

    assert said.code == 2
    assert not blog.calls


def test_password_of_one_place_never_goes_to_the_site_of_another(writer, blog, site_file):
    site_file(writer.script.with_name(".env"), USER="", APP_PASSWORD="")

    said = writer.run("post", "list", WORDPRESS_URL=None)

    assert said.code == 2
    assert "WORDPRESS_USER, WORDPRESS_APP_PASSWORD" in said.out
    assert str(writer.script.with_name(".env")) in said.out
    assert not blog.calls


def test_no_site_at_all_says_where_it_was_looked_for(writer, blog):
    said = writer.run("post", "list", **NOTHING)

    assert said.code == 2
    assert said.out.startswith("Error: There is no WORDPRESS_URL.\nHint: Set WORDPRESS_URL, ")
    assert str(writer.script.with_name(".env")) in said.out
    assert "/workspace/.env" in said.out


def test_missing_named_file_is_an_error_even_with_an_environment(writer, blog):
    said = writer.run("post", "list", "--env-file", "nothing.env")

    assert said.code == 2
    assert said.out == "Error: nothing.env cannot be read: No such file or directory.\n"
    assert not blog.calls


@pytest.mark.parametrize(
    "line",
    [
        "WORDPRESS_APP_PASSWORD=abcd efgh",
        "  export WORDPRESS_APP_PASSWORD = abcd efgh   # Erin's",
        'WORDPRESS_APP_PASSWORD="abcd efgh"  # Erin\'s',
        "WORDPRESS_APP_PASSWORD='abcd efgh'\r",
    ],
)
def test_lines_of_a_file_are_read_as_people_write_them(writer, blog, tmp_path, line):
    file = tmp_path / "my.env"
    file.write_text(
        f"\ufeffWORDPRESS_USER=ed\n# WORDPRESS_URL=no\nWORDPRESS_URL={blog.url}/\n{line}\nOTHER=1\n"
    )
    file.chmod(0o600)
    blog.says([])

    said = writer.run("post", "list", "--env-file", str(file))

    assert (said.code, said.err) == (0, "")
    assert who(blog) == "ed:abcd efgh"


def test_file_that_others_can_read_is_warned_of(writer, blog, site_file, tmp_path):
    file = site_file(tmp_path / "my.env")
    file.chmod(0o644)
    blog.says([])

    said = writer.run("post", "list", "--env-file", str(file), "--json")

    assert said.err == f"Warning: {file} can be read by other users. Run: chmod 600 {file}\n"
    assert said.data["items"] == []


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can give a file away")
def test_file_of_somebody_else_is_ignored(writer, blog, site_file):
    file = site_file(writer.script.with_name(".env"))
    os.chown(file, 12345, 12345)

    said = writer.run("post", "list", **NOTHING)

    assert said.code == 2
    assert "belongs to another user and is ignored" in said.err
    assert not blog.calls


@pytest.mark.parametrize(
    "url", ["http://example.org", "http://10.0.0.5:8080/blog", "http://127.0.0.1.example.org"]
)
def test_password_does_not_travel_in_clear(writer, open_office, url):
    said = writer.run("post", "list", WORDPRESS_URL=url)

    assert said.code == 2
    assert said.out.startswith(f"Error: {url} would carry the password over the network in clear.\n")
    assert "WORDPRESS_ALLOW_HTTP=1" in said.out


def test_password_does_not_travel_in_clear_to_a_proxy_either(writer, blog):
    said = writer.run("post", "list", WORDPRESS_PROXY="http://proxy.example.org:8080")

    assert said.code == 2
    assert "in clear" in said.out
    assert not blog.calls


@pytest.mark.parametrize("tail", ["/", "/wp-json", "/wp-json/wp/v2/", "/wp-admin/", "//"])
def test_address_is_taken_as_people_copy_it(writer, blog, tail):
    blog.says([])

    assert writer.run("post", "list", WORDPRESS_URL=blog.url + tail).code == 0
    assert blog.calls[0].path == "/wp-json/wp/v2/posts"


def test_site_may_live_in_a_folder(writer, blog):
    blog.says([])

    writer.run("post", "list", WORDPRESS_URL=f"{blog.url}/blog/")

    assert blog.calls[0].path == "/blog/wp-json/wp/v2/posts"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORDPRESS_URL", "example.org"),
        ("WORDPRESS_URL", "https://erin:s3cret@example.org"),
        ("WORDPRESS_URL", "https://example.org/?p=1"),
        ("WORDPRESS_URL", "https://[::1"),
        ("WORDPRESS_URL", "ftp://example.org"),
        ("WORDPRESS_PROXY", "socks5://erin:s3cret@127.0.0.1:9"),
        ("WORDPRESS_PROXY", "127.0.0.1:7890"),
        ("WORDPRESS_TIMEOUT", "soon"),
        ("WORDPRESS_TIMEOUT", "0"),
        ("WORDPRESS_TIMEOUT", "nan"),
        ("WORDPRESS_USER", "erin:s3cret"),
        ("WORDPRESS_USER", " "),
    ],
)
def test_unusable_setting_is_named_but_not_shown(writer, blog, name, value):
    said = writer.run("post", "list", **{name: value})

    assert said.code == 2
    assert name in said.out
    assert "s3cret" not in said.out + said.err
    assert not blog.calls


@pytest.mark.parametrize(
    "words", [("post", "list"), ("post", "list", "--json"), ("--help",), ("post", "get", "x")]
)
def test_password_is_never_printed(writer, blog, words):
    blog.says({"code": "incorrect_password", "message": "No."}, status=401)

    said = writer.run(*words)

    assert "abcd efgh" not in said.out + said.err
    assert "ZXJpbjphYmNk" not in said.out + said.err
