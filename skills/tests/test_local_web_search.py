"""`local_web_search.py`: the question it sends, what it takes from the answer, and how much."""

from __future__ import annotations

import pytest

from skills.tests.skill_scripts import KEY, Script


@pytest.fixture
def search(tmp_path, office):
    return Script(
        "local-web-search/scripts/local_web_search.py",
        tmp_path,
        LOCAL_160_BASE_URL=office.url,
        LOCAL_160_API_KEY=KEY,
    )


def message(*texts: str, urls: tuple[str, ...] = ()) -> dict:
    """Return a message as gateways send it, its citations at the last text."""
    content = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    content[-1]["annotations"] = [{"type": "url_citation", "url": url, "title": "Page"} for url in urls]
    return {"type": "message", "role": "assistant", "content": content}


def test_question_travels_as_the_gateway_expects_it(search, office):
    office.says({"output": [message("Yes.")]})

    search.run("--query", "Is Zürich – 苏黎世 – a capital?")

    (call,) = office.calls
    assert (call.method, call.path) == ("POST", "/v1/responses")
    assert call.headers["authorization"] == f"Bearer {KEY}"
    assert call.body == {
        "model": "gpt-5.2-codex",
        "input": "Is Zürich – 苏黎世 – a capital?",
        "tools": [{"type": "web_search", "external_web_access": True}],
    }


@pytest.mark.parametrize(
    ("mode", "tools"),
    [
        ("live", [{"type": "web_search", "external_web_access": True}]),
        ("cached", [{"type": "web_search", "external_web_access": False}]),
        ("disabled", []),
    ],
)
def test_mode_chooses_the_tools(search, office, mode, tools):
    office.says({"output": [message("Yes.")]})

    search.run("--query", "Q", "--mode", mode)
    search.run("--query", "Q", LOCAL_160_WEB_SEARCH_MODE=mode)
    search.run("--query", "Q", "--mode", mode, LOCAL_160_WEB_SEARCH_MODE="live")

    assert [call.body["tools"] for call in office.calls] == [tools] * 3


@pytest.mark.parametrize("words", [("--mode", "fast"), ()])
def test_unknown_mode_is_refused(search, office, words):
    said = search.run("--query", "Q", *words, LOCAL_160_WEB_SEARCH_MODE="fast")

    assert said.code == 2
    assert "live" in said.err
    assert office.calls == []


def test_model_is_the_callers_or_the_operators(search, office):
    office.says({"output": [message("Yes.")]})

    search.run("--query", "Q", "--model", "small", LOCAL_160_MODEL="large")
    search.run("--query", "Q", LOCAL_160_MODEL="large")

    assert [call.body["model"] for call in office.calls] == ["small", "large"]


@pytest.mark.parametrize("query", ["", "  "])
def test_empty_query_is_refused(search, office, query):
    said = search.run("--query", query)

    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Error: The query is empty.\nHint: ")
    assert office.calls == []


def test_last_text_and_its_distinct_sources_are_printed(search, office):
    work = {"type": "web_search_call", "status": "completed"}
    first = message("Let me look.", urls=("https://a.test/",))
    last = message("Thinking.", "Bern is.\nZürich is not.", urls=("https://b.test/", "https://a.test/"))
    office.says({"output": [work, first, {"type": "reasoning", "content": None}, last]})

    said = search.run("--query", "Q")

    assert (said.code, said.err) == (0, "")
    assert said.out == "Bern is.\nZürich is not.\n\nSources:\n- https://a.test/\n- https://b.test/\n"


def test_text_of_other_items_is_not_the_answer(search, office):
    refusal = {"type": "message", "content": [{"type": "refusal", "text": "No."}]}
    thought = {"type": "reasoning", "content": [{"type": "output_text", "text": "Hm."}]}
    office.says({"output": [message("Yes."), refusal, thought]})

    assert search.run("--query", "Q").out == "Yes.\n"


def test_answer_without_sources_has_no_heading_for_them(search, office):
    office.says({"output": [message("Yes.")]})

    assert search.run("--query", "Q").out == "Yes.\n"


def test_no_more_than_five_sources_are_printed(search, office):
    office.says({"output": [message("Yes.", urls=tuple(f"https://{n}.test/" for n in range(9)))]})

    out = search.run("--query", "Q").out

    assert out.count("\n- ") == 5
    assert "https://4.test/" in out
    assert "https://5.test/" not in out


def test_other_notes_are_no_sources(search, office):
    content = message("Yes.", urls=("https://a.test/",))
    notes = content["content"][0]["annotations"]
    notes += [{"type": "file_citation", "url": "https://b.test/"}, {"type": "url_citation"}, "note", None]
    office.says({"output": [content]})

    assert search.run("--query", "Q").out == "Yes.\n\nSources:\n- https://a.test/\n"


def test_answer_cannot_move_the_cursor_or_forge_a_line(search, office):
    office.says(
        {"output": [message("Yes.\x1b[2J\x9b1A\u2028", urls=("https://a.test/\n- https://b.test/",))]}
    )

    out = search.run("--query", "Q").out

    assert out == "Yes. [2J 1A\n\nSources:\n- https://a.test/ - https://b.test/\n"


def test_long_answer_is_cut_and_says_so(search, office):
    office.says({"output": [message("x" * 30_000)]})

    out = search.run("--query", "Q").out

    assert out.startswith("x" * 20_000 + "… (cut at 20000 characters; --json prints all)")
    assert len(out) < 20_100


def test_json_prints_the_whole_answer_on_one_line(search, office):
    answer = {"id": "r1", "output": [message("Ja – 是。" * 9000)], "usage": {"total_tokens": 7}}
    office.says(answer)

    said = search.run("--query", "Q", "--json")

    assert said.code == 0
    assert said.data == answer
    assert said.out.count("\n") == 1


def test_json_prints_an_answer_without_text_too(search, office):
    office.says({"output": [], "status": "failed"})

    said = search.run("--query", "Q", "--json")

    assert (said.code, said.data) == (0, {"output": [], "status": "failed"})


def test_json_holds_no_key_even_if_the_gateway_repeats_it(search, office):
    office.says({"output": [], "request": {"Authorization": f"Bearer {KEY}"}})

    said = search.run("--query", "Q", "--json")

    assert said.data["request"] == {"Authorization": "Bearer [key]"}


def test_short_key_leaves_the_words_of_the_answer_alone(search, office):
    office.says({"output": [message("Next to none.")]})

    said = search.run("--query", "Q", LOCAL_160_API_KEY="none")

    assert said.out == "Next to none.\n"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"output": []}, "."),
        ({"output": [message("")]}, "."),
        ({"error": {"message": "Tool is off."}, "output": None}, ": Tool is off."),
    ],
)
def test_answer_without_text_is_a_failure(search, office, answer, why):
    office.says(answer)

    said = search.run("--query", "Q")

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"Error: The gateway's answer holds no text{why}\nHint: ")


def test_endless_answer_is_a_failure(search, office):
    office.says({"output": [message("x" * (9 << 20))]})

    said = search.run("--query", "Q")

    assert (said.code, said.out) == (1, "")
    assert said.err == "Error: The gateway's answer is larger than 8 MiB.\n"
