"""What WordPress, and what stands before it, may refuse: one sentence and what to do."""

from __future__ import annotations

import pytest


def refusal(code: str, message: str = "Sorry.", **data):
    return {"code": code, "message": message, "data": data}


@pytest.mark.parametrize(
    ("status", "code", "hint"),
    [
        (401, "incorrect_password", "an application password that this user made under Users > Profile"),
        (401, "invalid_username", "WORDPRESS_USER must be the login name"),
        (401, "rest_cannot_create", "WordPress saw no login. Check WORDPRESS_USER"),
        (401, "application_passwords_disabled", "they need HTTPS"),
        (403, "rest_cannot_create", "it needs the role Author"),
        (404, "rest_post_invalid_id", "There is none with this id"),
        (404, "rest_no_route", "The REST API is switched off"),
        (400, "rest_post_invalid_page_number", "Begin with --page 1"),
        (410, "rest_already_trashed", "Only --force deletes it for good"),
        (501, "rest_trash_not_supported", "Only --force deletes it, for good"),
        (500, "rest_upload_sideload_error", "Take a type it knows"),
        (500, "internal_server_error", "its error log says more"),
    ],
)
def test_refusal_says_what_to_do(writer, blog, status, code, hint):
    blog.says(
        refusal(code, "<strong>Error:</strong> You&#8217;re not allowed.", status=status), status=status
    )

    said = writer.run("post", "get", "12")

    first, second = said.out.splitlines()
    assert said.code == 1
    assert first == f"Error {status} {code}: Error: You’re not allowed."
    assert second.startswith("Hint: ")
    assert hint in second
    assert len(blog.calls) == 1


def test_refused_login_says_where_it_came_from_but_not_what_it_is(writer, blog):
    blog.says(refusal("incorrect_password"), status=401)

    said = writer.run("post", "list")

    assert said.out.endswith("The login came from the environment.\n")
    assert "abcd efgh" not in said.out + said.err


def test_invalid_values_are_named(writer, blog):
    params = {"status": "status is not one of publish, draft.", "slug": "Too\nlong."}
    blog.says(refusal("rest_invalid_param", "Invalid parameter(s): status", params=params), status=400)

    assert writer.run("post", "list", "--status", "x").out == (
        "Error 400 rest_invalid_param: Invalid parameter(s): status\n"
        "Hint: Correct the values that it names.\n"
        "- slug: Too long.\n"
        "- status: status is not one of publish, draft.\n"
    )


def test_forbidden_status_points_at_the_login(writer, blog):
    details = {"status": {"code": "rest_forbidden_status", "message": "Status is forbidden."}}
    blog.says(refusal("rest_invalid_param", details=details), status=400)

    assert "Hint: WordPress saw no login." in writer.run("post", "list", "--status", "draft").out


def test_category_that_exists_is_named_by_its_id(writer, blog):
    blog.says(refusal("term_exists", "A term with the name exists.", term_id=3), status=400)

    said = writer.run("category", "create", "News")

    assert said.code == 1
    assert said.out.endswith("Hint: Use the one that is there: its id is 3.\n")


def test_error_is_json_when_that_was_asked_for(writer, blog):
    blog.says(refusal("rest_invalid_param", "No.", params={"page": "Too high."}), status=400)

    said = writer.run("post", "list", "--json")

    assert said.code == 1
    assert said.data == {
        "code": "rest_invalid_param",
        "status": 400,
        "detail": "No.",
        "hint": "Correct the values that it names.",
        "fields": {"page": "Too high."},
    }


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (200, "WORDPRESS_URL names another page"),
        (401, "asks for a login of its own"),
        (403, "A firewall or a security plugin refused"),
        (404, "permalinks are set to Plain"),
        (413, "Make it smaller"),
        (500, "it must be the address of the site itself"),
    ],
)
def test_web_page_instead_of_json_is_told_by_its_title(writer, blog, status, hint):
    blog.says(b"<html><head><title>Just a\nmoment&hellip;</title></head><body>x</body></html>", status=status)

    said = writer.run("post", "list")

    assert said.code == 1
    assert said.out.startswith(
        f"Error {status} not_json: The site answered {status} without JSON: Just a moment…\n"
    )
    assert hint in said.out
    assert len(blog.calls) == 1


@pytest.mark.parametrize("body", [b"", b'{"id": 12', b"[" * 100_000, b"\xff\xfe\x00", b"null and void"])
def test_broken_json_is_an_error_of_the_site(writer, blog, body):
    blog.says(body)

    said = writer.run("post", "get", "12")

    assert said.code == 1
    assert said.out.startswith("Error 200 not_json: The site answered 200 without JSON: ")
    assert len(said.out) < 400
    assert len(blog.calls) == 1


def test_fault_printed_before_the_json_of_a_write_does_not_invite_a_second_one(writer, blog):
    blog.says(b'<br /><b>Warning</b>: Undefined variable in plugin.php<br />{"id": 12}')

    said = writer.run("post", "create", "Digest")

    assert said.code == 1
    assert "Warning: Undefined variable in plugin.php" in said.out
    assert "It may have been done: look with `post list --status any` before you repeat it." in said.out
    assert len(blog.calls) == 1


@pytest.mark.parametrize(
    "body", [{"error": "no"}, {"message": None}, {"code": 5, "message": 7, "data": [1]}, [1], "no"]
)
def test_error_of_any_shape_is_one_error(writer, blog, body):
    blog.says(body, status=400)

    said = writer.run("post", "get", "12")

    assert said.code == 1
    assert said.out.startswith("Error 400")
    assert "a fault of this program" not in said.out
