"""What a webhook gets, how it is signed, and what a slow or hostile one can do."""

import hashlib
import hmac
import socket
import threading
import time

import pytest
import time_machine

from docs.tests.documents import ROOT, blocks
from notifications import senders, services
from notifications.models import Delivery
from notifications.senders import network
from notifications.services import deliver
from openmoss.models import SiteSettings


def verifier():
    """Return the function with which the document shows how to check a signature."""
    (example,) = [block for block in blocks(ROOT / "docs" / "notifications.md") if block.language == "python"]
    names: dict = {}
    exec(example.text, names)
    return names["is_genuine"]


@pytest.fixture
def listener():
    """A socket that takes connections and does with each what the test says."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve(each) -> str:
            threading.Thread(target=lambda: each(server.accept()[0]), daemon=True).start()
            return f"http://127.0.0.1:{server.getsockname()[1]}/"

        yield serve


def test_it_gets_all_that_the_event_says(hook, target, pia, erin, pat):
    SiteSettings.objects.update(external_url="https://moss.example.org/")
    task = pia.post("/api/tasks", name="News").json()
    sub_task = pia.post("/api/sub-tasks", task_id=task["id"], name="Collect").json()
    erin.post(f"/api/sub-tasks/{sub_task['id']}/claim")
    Delivery.objects.all().delete()

    with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
        pat.post(f"/api/sub-tasks/{sub_task['id']}/block", reason="Silent for an hour.")
        deliver()

    (request,) = target.requests
    delivery = Delivery.objects.get()
    assert request["path"] == "/hook"
    assert request["headers"]["Content-Type"] == "application/json"
    assert request["headers"]["X-OpenMOSS-Delivery"] == str(delivery.pk)
    assert request["headers"]["X-OpenMOSS-Timestamp"] == "1795608000"
    assert request["body"] == {
        "id": delivery.pk,
        "event": "sub_task.block",
        "kind": "sub_task.block",
        "at": "2026-11-25T12:00:00.000000Z",
        "actor": {"role": "patrol", "id": pat.id, "name": "Pat"},
        "subject": {"id": sub_task["id"], "name": "Collect"},
        "task_id": task["id"],
        "was": "assigned",
        "now": "blocked",
        "why": "Silent for an hour.",
        "text": "Pat blocked 'Collect': Silent for an hour. A planner can reassign, unblock or cancel it.",
        "url": f"https://moss.example.org/sub-tasks/{sub_task['id']}",
    }


def test_the_usual_events_have_their_usual_names(hook, target, happen):
    happen("Collect", "sub_task.approve")

    deliver()

    (request,) = target.requests
    assert (request["body"]["event"], request["body"]["kind"]) == ("task_completed", "sub_task.approve")


def test_the_signature_is_over_timestamp_and_body(hook, target, happen):
    happen("Müller & Söhne 日本")

    deliver()

    (request,) = target.requests
    signed = request["headers"]["X-OpenMOSS-Timestamp"].encode() + b"." + request["raw"]
    expected = hmac.new(hook.secret.encode(), signed, hashlib.sha256).hexdigest()
    assert request["headers"]["X-OpenMOSS-Signature"] == f"sha256={expected}"
    assert hook.secret not in str(request["headers"]) + request["raw"].decode()


def test_the_check_of_the_document_tells_genuine_from_forged(hook, target, happen):
    happen("Collect")
    deliver()
    (request,) = target.requests
    is_genuine = verifier()
    headers, body = request["headers"], request["raw"]

    assert is_genuine(hook.secret, headers, body)
    assert not is_genuine(hook.secret, headers, body + b" ")
    assert not is_genuine("whs_" + 64 * "0", headers, body)
    assert not is_genuine(hook.secret, {**headers, "X-OpenMOSS-Timestamp": "1"}, body)
    assert not is_genuine(hook.secret, {**headers, "X-OpenMOSS-Signature": "sha256="}, body)
    with time_machine.travel(time.time() + 600):
        assert not is_genuine(hook.secret, headers, body)  # somebody sends an old one again


def test_each_attempt_has_its_own_timestamp_and_the_same_id_and_body(hook, target, happen):
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock:
        happen("Collect")
        target.is_down()
        deliver()
        target.is_back()
        clock.shift(30)
        deliver()

    first, second = target.requests
    assert first["raw"] == second["raw"]
    assert first["headers"]["X-OpenMOSS-Delivery"] == second["headers"]["X-OpenMOSS-Delivery"]
    assert first["headers"]["X-OpenMOSS-Timestamp"] != second["headers"]["X-OpenMOSS-Timestamp"]


def test_what_a_refusal_says_is_kept_on_one_line_and_cut(hook, target, happen):
    happen("Collect")
    target.refuses(400, b"no\r\n\x1b[31mroom\x00" + b"x" * 100_000)

    deliver()

    error = Delivery.objects.get().error
    assert error.startswith("It answered 400: no [31mroom xxx")
    assert len(error) == 300
    assert error.isprintable()


def test_no_password_stands_in_an_error(site, happen, settings, caplog):
    addresses = [
        "http://ann:hidden@127.0.0.1:1/hidden",
        "http://ann:hidden@unknown.invalid/hidden?key=hidden",
    ]
    for address in addresses:
        services.add_channel(address=address, events=["*"])
    settings.WEBHOOK_ALLOW = ["127.0.0.1"]
    happen("Collect")

    deliver()

    errors = list(Delivery.objects.values_list("error", flat=True))
    assert errors == ["No connection.", "Its name is not known."]
    assert "hidden" not in caplog.text


def test_an_address_that_may_not_be_reached_says_how_to_allow_it(site, happen):
    services.add_channel(address="http://127.0.0.1:9/", events=["*"])
    happen("Collect")

    deliver()

    assert Delivery.objects.get().error == (
        "127.0.0.1 is not a public address; OPENMOSS_WEBHOOK_ALLOW can allow it."
    )


def test_a_redirect_is_a_refusal(hook, target, happen):
    happen("Collect")
    target.answer = (301, {"Location": target.url}, b"")

    deliver()

    assert len(target.requests) == 1
    assert Delivery.objects.get().error == (
        "It answered 301, a redirect, which is not followed: give the final address."
    )


def test_one_that_never_answers_costs_a_bounded_time(site, happen, settings, listener, monkeypatch):
    settings.WEBHOOK_ALLOW = ["127.0.0.1"]
    monkeypatch.setattr("notifications.senders.network.READ_WITHIN", 0.2)
    services.add_channel(address=listener(lambda connection: time.sleep(5)), events=["*"])
    happen("Collect")
    began = time.monotonic()

    deliver()

    assert time.monotonic() - began < 2
    assert Delivery.objects.get().error.startswith("No answer within")


def test_so_does_one_that_answers_byte_by_byte(site, happen, settings, listener, monkeypatch):
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            connection.sendall(b"X-Slow: 1\r\n")
            time.sleep(0.1)

    settings.WEBHOOK_ALLOW = ["127.0.0.1"]
    monkeypatch.setattr(senders, "LONGEST", 0.5)
    services.add_channel(address=listener(drip), events=["*"])
    happen("Collect")
    began = time.monotonic()

    deliver()

    assert time.monotonic() - began < 2
    assert Delivery.objects.get().error == "No answer within 0.5 seconds."
    assert network.READ_WITHIN < 15


def test_the_body_of_a_success_is_not_read(site, happen, settings, listener):
    def endless(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 204 No Content\r\nContent-Length: 999999999\r\n\r\n")
        time.sleep(5)

    settings.WEBHOOK_ALLOW = ["127.0.0.1"]
    services.add_channel(address=listener(endless), events=["*"])
    happen("Collect")
    began = time.monotonic()

    deliver()

    assert time.monotonic() - began < 2
    assert Delivery.objects.get().state == "sent"
