"""What the commands print: for an agent that reads it once."""

from __future__ import annotations

import pytest


def test_list_tells_how_many_there_are_and_how_to_see_more(writer, blog, post):
    blog.says([post(), post(id=11, status="publish")], headers={"X-WP-Total": "37", "X-WP-TotalPages": "19"})

    said = writer.run(
        "post", "list", "--status", "any", "--search", "a b", "--categories", "3,4", "--per-page", "2"
    )

    assert said.out == (
        "Posts: 37 in all, page 1 of 19\n"
        "- 12 [draft] Weekly digest | link: https://example.org/?p=12\n"
        "- 11 [publish] Weekly digest | link: https://example.org/?p=12\n"
        "More: post list --page 2 --per-page 2 --status any --search 'a b' --categories 3,4\n"
    )


def test_last_page_promises_no_more(writer, blog, post):
    blog.says([post()], headers={"X-WP-Total": "11", "X-WP-TotalPages": "2"})

    said = writer.run("post", "list", "--page", "2")

    assert said.out.startswith("Posts: 11 in all, page 2 of 2\n")
    assert "More" not in said.out


def test_search_goes_on_with_the_same_words(writer, blog):
    found = {
        "id": 5,
        "title": "Tom &#038; Jerry",
        "url": "https://e.org/5",
        "type": "post",
        "subtype": "page",
    }
    blog.says([found], headers={"X-WP-Total": "11", "X-WP-TotalPages": "2"})

    said = writer.run("search", "tom and jerry")

    assert said.out == (
        "Found: 11 in all, page 1 of 2\n"
        "- 5 [post page] Tom & Jerry | url: https://e.org/5\n"
        "More: search 'tom and jerry' --page 2\n"
    )


def test_list_without_paging_headers_counts_itself(writer, blog, post):
    blog.says([post()])

    assert writer.run("post", "list").out.startswith("Posts: 1\n- 12 ")


def test_empty_page_of_a_list_is_not_an_empty_list(writer, blog):
    blog.says([], headers={"X-WP-Total": "3", "X-WP-TotalPages": "1"})

    assert writer.run("tag", "list", "--page", "4").out == "Tags: 3\nNothing on this page.\n"


def test_json_of_a_list_keeps_the_paging(writer, blog, post):
    blog.says([post()], headers={"X-WP-Total": "37", "X-WP-TotalPages": "4"})

    said = writer.run("post", "list", "--json")

    assert said.out.count("\n") == 1
    assert said.data == {"items": [post()], "page": 1, "total": 37, "total_pages": 4, "has_more": True}


def test_json_of_one_thing_is_what_wordpress_said(writer, blog, post):
    blog.says(post(title={"rendered": "A &amp; B"}))

    assert writer.run("post", "create", "A & B", "--json").data == post(title={"rendered": "A &amp; B"})


def test_post_is_printed_without_its_content(writer, blog, post):
    blog.says(post(content={"rendered": "<p>Long</p>"}))

    assert writer.run("post", "get", "12").out == (
        "Weekly digest\nid: 12\nstatus: draft\nlink: https://example.org/?p=12\ndate: 2026-11-22T12:00:00\n"
        "categories: 3, 4\ntags: none\n"
    )


def test_post_to_edit_is_printed_as_it_was_written(writer, blog, post):
    blog.says(
        post(title={"raw": "A &amp; <B>", "rendered": "A"}, content={"raw": "<p>1</p>\r\n\nstatus: publish"})
    )

    said = writer.run("post", "get", "12", "--edit")

    assert said.out.startswith("A &amp; <B>\n")
    # Indented, so that no line of the content passes for one of ours.
    assert said.out.endswith("content:\n  <p>1</p> \n  \n  status: publish\n")


def test_page_shows_where_it_stands(writer, blog, post):
    blog.says(post(parent=4, menu_order=2))

    said = writer.run("page", "get", "12")

    assert "\nparent: 4\nmenu order: 2\n" in said.out


def test_new_draft_says_how_to_read_it_back(writer, blog, post):
    blog.says(post(content={"raw": "<p>Long</p>"}))

    assert writer.run("post", "create", "Weekly digest").out == (
        "Created: Weekly digest\nid: 12\nstatus: draft\nlink: https://example.org/?p=12\nNext: post get 12 --edit\n"
    )


def test_what_was_published_needs_no_next_step(writer, blog, post):
    blog.says(post(status="publish"))

    assert "Next" not in writer.run("page", "create", "About", "--status", "publish").out


def test_trash_and_gone_are_told_apart(writer, blog, post):
    blog.says(post(status="trash"))
    blog.says({"deleted": True, "previous": post()})

    assert writer.run("post", "delete", "12").out == "Moved to the trash: Weekly digest\nid: 12\n"
    assert writer.run("post", "delete", "12", "--force").out == "Deleted for good: Weekly digest\nid: 12\n"


def test_media_shows_its_address_and_its_words(writer, blog, media):
    blog.says(media(alt_text="Bars", caption={"rendered": "<p>Visits &#8211; 2026</p>\n"}))

    assert writer.run("media", "get", "7").out == (
        "chart\nid: 7\nurl: https://example.org/wp-content/uploads/chart.png\n"
        "type: image/png\nalt: Bars\ncaption: Visits – 2026\n"
    )


def test_media_list_shows_kind_and_address(writer, blog, media):
    blog.says([media()])

    said = writer.run("media", "list")

    assert said.out.endswith("- 7 [image] chart | url: https://example.org/wp-content/uploads/chart.png\n")


def test_categories_and_tags_show_what_to_choose_by(writer, blog):
    blog.says([{"id": 3, "name": "News &amp; views", "slug": "news", "count": 8, "parent": 1}])

    assert writer.run("category", "list").out.endswith(
        "- 3 News & views | slug: news | posts: 8 | parent: 1\n"
    )
    assert writer.run("tag", "list").out.endswith("- 3 News & views | slug: news | posts: 8\n")


def test_new_category_is_shown_with_its_id(writer, blog):
    blog.says({"id": 9, "name": "AI &amp; us", "slug": "ai-us", "parent": 3})

    assert (
        writer.run("category", "create", "AI & us").out == "Created: AI & us\nid: 9\nslug: ai-us\nparent: 3\n"
    )


@pytest.mark.parametrize(
    ("rendered", "shown"),
    [
        ("Tom &amp; Jerry&#8217;s", "Tom & Jerry’s"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("An <em>old</em> hat<br>", "An old hat"),
        ("A\x1b[2Kred\u202eline\nStatus:\u2028publish", "A [2Kred line Status: publish"),
        ("A&#27;[2K&#10;B", "A[2K B"),
    ],
    ids=["entities", "escaped angle", "tags", "control characters", "control characters as entities"],
)
def test_title_is_one_clean_line(writer, blog, post, rendered, shown):
    blog.says([post(title={"rendered": rendered})])

    lines = writer.run("post", "list").out.splitlines()

    assert lines == ["Posts: 1", f"- 12 [draft] {shown} | link: https://example.org/?p=12"]


def test_unknown_form_of_an_answer_is_shown_as_it_is(writer, blog):
    blog.says({"deleted": True})

    said = writer.run("post", "delete", "12", "--force")

    assert said.code == 0
    assert said.out == 'The site answered in a form that this program does not know:\n{"deleted":true}\n'
