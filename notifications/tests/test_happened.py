"""What happened, as a sentence on a page of the console."""

import pytest

from notifications.models import Event
from notifications.templatetags.events import happened

PAT = '<a class="agent" href="/agents/2"><span class="dot" data-tone="teal"></span>Pat</a>'
ANN = '<span class="agent"><span class="dot" data-tone="slate"></span>Ann</span>'
THE_CLOCK = '<span class="agent"><span class="dot" data-tone="slate"></span>The clock</span>'
ERIN, TASK = "0b6db41f-aecb-438b-909f-d56f890464b9", "7b6db41f-aecb-438b-909f-d56f890464b9"

TO_ERIN = f'<a class="agent" href="/agents/{ERIN}"><span class="dot" data-tone="sky"></span>Erin</a>'


def event(kind: str, **values) -> Event:
    given = {"kind": kind, "actor_role": "patrol", "actor_id": "2", "actor_name": "Pat", "subject_id": "1"}
    return Event(**given | {"subject_name": "Collect"} | values)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (
            event("sub_task.block"),
            f'{PAT} blocked <a class="subject" href="/sub-tasks/1">Collect</a>',
        ),
        (
            event("sub_task.reassign", data={"assignee": ERIN, "assignee_name": "Erin"}),
            f'{PAT} handed <a class="subject" href="/sub-tasks/1">Collect</a> to {TO_ERIN}',
        ),
        (
            # Neither a person nor the clock has a page.
            event(
                "task.set_status", actor_role="admin", actor_name="Ann", was="in_progress", now="completed"
            ),
            f'{ANN} moved the task <a class="subject" href="/tasks/1">Collect</a> from in progress to completed',
        ),
        (
            event("rule.create", actor_role="clock", actor_id="", actor_name="the clock"),
            f"{THE_CLOCK} wrote the rule ‘Collect’",
        ),
        (
            event("module.create", task_id=TASK, actor_role="admin", actor_name="Ann"),
            f'{ANN} added the module <a class="subject" href="/tasks/{TASK}#module-1">Collect</a>',
        ),
    ],
)
def test_it_names_who_did_what_and_links_to_them(what, sentence):
    assert happened(what) == sentence


def test_a_finding_that_its_sentence_does_not_name_can_be_opened_all_the_same():
    assert 'href="/patrol/1"' in happened(event("finding.open", now="critical"))


def test_a_score_has_a_true_minus():
    assert happened(event("agent.score", data={"delta": -5})).endswith("by −5")


def test_names_cannot_become_elements():
    name = '<script>alert(1)</script>"onmouseover=x {actor} \0 \u202etxt'
    data = {"assignee": '"><b>', "assignee_name": name, "role": "<i>"}
    hostile = event("sub_task.reassign", actor_name=name, subject_name=name, data=data)

    for kind in ("sub_task.reassign", "agent.create", "rule.create", "x.y"):
        hostile.kind = kind
        html = happened(hostile)

        assert "<script" not in html
        assert '"onmouseover' not in html
        assert "<b>" not in html
        assert "<i>" not in html
        assert "\u202e" not in html
        assert "&lt;script&gt;" in html
        assert html.count('href="/agents/2"') == 1
