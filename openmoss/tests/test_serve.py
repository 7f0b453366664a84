"""What `manage.py serve` refuses before it starts anything; a running server is in test_story.py."""

import socket

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_port_that_is_taken_is_named(taken_port):
    with pytest.raises(CommandError) as refused:
        call_command("serve", "--host", "127.0.0.1", "--port", str(taken_port))

    assert f"cannot listen on 127.0.0.1 port {taken_port}: Address already in use" in str(refused.value)
    assert "OPENMOSS_PORT" in str(refused.value)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", "99999"), ("192.0.2.1", "0"), ("::zz", "0")])
def test_an_address_that_is_none_is_refused(host, port):
    with pytest.raises(CommandError, match="cannot listen on"):
        call_command("serve", "--host", host, "--port", port)


def test_a_database_that_is_not_up_to_date_is_refused(taken_port):
    MigrationRecorder.Migration.objects.filter(app="reviews").delete()

    with pytest.raises(CommandError, match=r"not up to date. Run `manage.py migrate`"):
        call_command("serve", "--port", str(taken_port))


def test_a_database_that_does_not_answer_is_refused(taken_port):
    def fail(*call):
        raise OperationalError("connection refused")

    with (
        connection.execute_wrapper(fail),
        pytest.raises(CommandError, match="does not answer: connection refused"),
    ):
        call_command("serve", "--port", str(taken_port))
