"""Where the key and the address come from, and what `register` leaves behind."""

from __future__ import annotations

import json
import os
import stat

import pytest

JOINED = {"id": "id-of-erin", "name": "Erin", "role": "executor", "api_key": "ock_new", "message": "Welcome."}
JOIN = ("register", "--name", "Erin", "--role", "executor", "--token", "let-me-in")
posix = pytest.mark.skipif(os.name != "posix", reason="file modes")


def key_of(call) -> str:
    return call.headers["authorization"].replace("Bearer ", "")


@pytest.mark.parametrize(
    "line",
    [
        "--key ock_pia task list",
        "task --key ock_pia list",
        "task list --key ock_pia",
        "task list --key=ock_pia",
    ],
)
def test_key_may_stand_anywhere(desk, office, page, line):
    office.says(page())

    said = desk.run(*line.split(), OPENMOSS_API_KEY=None)

    assert said.code == 0
    assert key_of(office.calls[0]) == "ock_pia"


@pytest.mark.parametrize(
    "line", ["--json --url {} st mine", "st --json mine --url {}", "st mine --url {} --json"]
)
def test_json_and_url_may_stand_anywhere(desk, office, page, line):
    office.says(page())

    said = desk.run(*line.format(office.url).split(), OPENMOSS_URL="http://127.0.0.1:1")

    assert said.data == page()


def test_option_beats_environment_beats_file(desk, office, page):
    office.says(page())
    desk.saves(url=office.url, api_key="ock_file")

    desk.run("st", "mine", "--key", "ock_option")
    desk.run("st", "mine")
    desk.run("st", "mine", "--key", "", OPENMOSS_API_KEY="")

    assert [key_of(call) for call in office.calls] == ["ock_option", "ock_erin", "ock_file"]


def test_file_gives_address_and_key_from_any_folder_above(desk, office, page):
    office.says(page())
    desk.saves(url=office.url, api_key="ock_file")
    below = desk.home / "repo" / "src"
    below.mkdir(parents=True)

    said = desk.run("st", "mine", cwd=below, OPENMOSS_URL=None, OPENMOSS_API_KEY=None)

    assert said.code == 0
    assert key_of(office.calls[0]) == "ock_file"


def test_nearest_file_wins_and_the_one_beside_the_script_comes_last(desk, office, page):
    office.says(page())
    below = desk.home / "below"
    below.mkdir()
    desk.saves(desk.script.parent, url=office.url, api_key="ock_beside")
    desk.run("st", "mine", OPENMOSS_API_KEY=None)
    desk.saves(url=office.url, api_key="ock_above")
    desk.run("st", "mine", cwd=below, OPENMOSS_API_KEY=None)
    desk.saves(below, url=office.url, api_key="ock_here")
    desk.run("st", "mine", cwd=below, OPENMOSS_API_KEY=None)

    assert [key_of(call) for call in office.calls] == ["ock_beside", "ock_above", "ock_here"]


def test_broken_file_is_an_error_not_a_change_of_identity(desk, office):
    below = desk.home / "below"
    below.mkdir()
    desk.saves(url=office.url, api_key="ock_pia")
    (below / ".openmoss.json").write_text('{"url": "http')

    said = desk.run("st", "mine", cwd=below, OPENMOSS_API_KEY=None)

    assert said.code == 1
    assert "holds no credentials" in said.out
    assert office.calls == []


@posix
@pytest.mark.parametrize(("mode", "warned"), [(0o600, 0), (0o640, 1), (0o604, 1)])
def test_file_that_others_can_read_is_named_once_on_stderr(desk, office, page, mode, warned):
    office.says(page())
    desk.saves(mode=mode, url=office.url, api_key="ock_file")

    said = desk.run("st", "mine", "--json", OPENMOSS_API_KEY=None)

    assert said.data == page()
    assert said.err.count("\n") == said.err.count("chmod 600") == warned
    assert "ock_file" not in said.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_file_of_another_user_is_not_trusted(desk, office):
    file = desk.saves(url="http://127.0.0.1:1", api_key="ock_planted")
    os.chown(file, 12345, 12345)

    said = desk.run("st", "mine", OPENMOSS_API_KEY=None)

    assert "belongs to another user" in said.err
    assert "There is no API key." in said.out
    assert office.calls == []


def test_missing_key_says_what_to_do(desk, office):
    said = desk.run("st", "mine", OPENMOSS_API_KEY=None)

    assert said.code == 1
    assert said.out.splitlines()[0] == "Error no_key: There is no API key."
    assert "register" in said.out
    assert office.calls == []


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_key_that_cannot_be_sent_is_refused_unseen(desk, office, key):
    said = desk.run("st", "mine", "--key", key)

    assert said.code == 1
    assert "--key" in said.out
    assert key not in said.out
    assert office.calls == []


@pytest.mark.parametrize("tail", ["", "/", "/api", "/api/", "//"])
def test_address_may_end_in_slash_or_api(desk, office, page, tail):
    office.says(page())

    said = desk.run("st", "mine", OPENMOSS_URL=office.url + tail)

    assert said.code == 0
    assert office.calls[0].path == "/api/sub-tasks/mine"


@pytest.mark.parametrize(
    "url", ["office", "ftp://office", "http://", "http://a b", "http://pia:pw@office", "http://x:99999"]
)
def test_address_that_is_none_is_refused_unseen(desk, url):
    said = desk.run("st", "mine", "--url", url)

    assert said.code == 1
    assert "The address from --url is not usable." in said.out
    assert "pw" not in said.out


@posix
def test_register_prints_and_saves_for_the_next_command(desk, office, page):
    office.says(JOINED, to="/api/agents/register")
    office.says(page(), to="/api/sub-tasks/mine")

    said = desk.run(*JOIN, "--desc", "parsers", OPENMOSS_API_KEY=None)
    desk.run("st", "mine", OPENMOSS_URL=None, OPENMOSS_API_KEY=None)

    assert said.code == 0
    for line in ("id: id-of-erin", "api_key: ock_new", "role: executor"):
        assert line in said.out.splitlines()
    file = desk.home / ".openmoss.json"
    assert json.loads(file.read_text()) == {
        "url": office.url,
        "api_key": "ock_new",
        "id": "id-of-erin",
        "name": "Erin",
        "role": "executor",
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in desk.home.iterdir()] == [".openmoss.json"]
    joined, later = office.calls
    assert joined.headers["x-registration-token"] == "let-me-in"
    assert joined.body == {"name": "Erin", "role": "executor", "description": "parsers"}
    assert key_of(later) == "ock_new"


def test_register_sends_no_key_of_another_agent(desk, office):
    office.says(JOINED)

    desk.run("--key", "ock_pia", *JOIN, "--no-save")

    assert "authorization" not in office.calls[0].headers
    assert "idempotency-key" not in office.calls[0].headers


def test_register_short_name_still_works_beside_no_save(desk, office):
    office.says(JOINED)

    said = desk.run("register", "--n", "Erin", "--r", "executor", "--t", "T", "--no-save")

    assert said.code == 0
    assert office.calls[0].body == {"name": "Erin", "role": "executor", "description": ""}
    assert list(desk.home.iterdir()) == []


def test_register_never_replaces_another_key(desk, office):
    office.says(JOINED)
    file = desk.saves(url=office.url, api_key="ock_pia")

    said = desk.run(*JOIN)

    assert said.code == 1
    assert "--force" in said.out
    assert office.calls == []
    assert json.loads(file.read_text())["api_key"] == "ock_pia"


def test_register_replaces_another_key_when_forced(desk, office):
    office.says(JOINED)
    file = desk.saves(url=office.url, api_key="ock_pia", mode=0o644)

    said = desk.run(*JOIN, "--force")

    assert said.code == 0
    assert json.loads(file.read_text())["api_key"] == "ock_new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_register_fills_a_file_that_only_knows_the_address(desk, office):
    office.says(JOINED)
    file = desk.saves(url=office.url)

    said = desk.run(*JOIN, OPENMOSS_URL=None)

    assert said.code == 0
    assert json.loads(file.read_text())["api_key"] == "ock_new"


def test_register_that_cannot_save_still_shows_the_key(desk, office):
    office.says(JOINED)
    (desk.home / ".openmoss.json").symlink_to(desk.home / "gone" / "away.json")

    said = desk.run(*JOIN)

    assert said.code == 1
    assert office.calls == []  # a name that leads nowhere counts as taken: nothing is lost by asking first

    said = desk.run(*JOIN, "--no-save")

    assert "api_key: ock_new" in said.out


def test_refused_registration_saves_nothing(desk, office):
    office.says({"code": "forbidden", "detail": "Wrong token.", "hint": "", "fields": {}}, status=403)

    said = desk.run(*JOIN)

    assert said.code == 1
    assert said.out == "Error 403 forbidden: Wrong token.\n"
    assert list(desk.home.iterdir()) == []


def test_register_as_json_prints_the_answer_alone(desk, office):
    office.says(JOINED)

    said = desk.run(*JOIN, "--json")

    assert said.data == JOINED
    assert "Saved in" in said.err
    assert (desk.home / ".openmoss.json").exists()
