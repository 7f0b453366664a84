"""The list of the channels."""

from io import StringIO

import time_machine
from django.core.management import call_command

from notifications import selectors, services
from openmoss.models import SiteSettings


def channels() -> str:
    out = StringIO()
    call_command("channels", stdout=out)
    return out.getvalue()


def test_it_says_how_each_is_doing(hook, target, happen):
    chat = services.add_channel(address="chat:oc_1", events=["all_done"])
    off = services.edit_channel(services.add_channel(address="https://two.example/hidden"), enabled=False)
    target.is_down()
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False):
        happen("First")
        happen("Second")
        services.deliver()

        said = channels()

    assert said == (
        f"{hook.pk}  Hook\n"
        f"   address  http://127.0.0.1:{target.port}/…\n"
        "   way      webhook\n"
        "   events   *\n"
        "   state    paused until 2026-11-25 12:00:30 UTC (failures: 1)\n"
        "   waiting  2\n"
        "   error    It answered 503.\n"
        f"{chat.pk}  chat:oc_1\n"
        "   way      left to agents\n"
        "   events   all_done\n"
        "   state    left to agents\n"
        f"{off.pk}  https://two.example/…\n"
        "   way      webhook\n"
        "   events   as in the settings\n"
        "   state    off\n"
    )
    assert hook.secret not in said


def test_without_any_it_says_how_to_begin(db):
    assert "`manage.py add_channel`" in channels()


def test_it_says_when_nothing_is_sent(hook):
    SiteSettings.objects.update(notifications_enabled=False)

    assert channels().endswith("Notifications are off: switch them on in the settings.\n")


def test_it_takes_one_query_however_many_there_are(site, django_assert_num_queries):
    for number in range(5):
        services.add_channel(address=f"chat:{number}")

    with django_assert_num_queries(1):
        assert [channel.waiting for channel in selectors.channels()] == [0] * 5
