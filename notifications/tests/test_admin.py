"""Staff add, change, test and remove channels in Django admin, through the services."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications import services
from notifications.models import Channel, Delivery, Event

ADD = reverse("admin:notifications_channel_add")
LIST = reverse("admin:notifications_channel_changelist")
DELIVERIES = reverse("admin:notifications_delivery_changelist")


@pytest.fixture
def ann(site, client):
    client.force_login(User.objects.create_superuser("Ann"))
    return client


@pytest.fixture
def clerk(site, client):
    """Somebody of the staff who may do everything with channels and deliveries, and is no superuser."""
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="notifications"))
    client.force_login(user)
    return client


def page_of(channel: Channel) -> str:
    return reverse("admin:notifications_channel_change", args=[channel.pk])


def act(client, page: str, action: str, *rows) -> str:
    form = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(page, form, follow=True).content.decode()


def kinds() -> list[tuple[str, str]]:
    return list(Event.objects.filter(kind__startswith="channel.").values_list("kind", "actor_name"))


def test_a_channel_is_added_and_its_secret_shown_once(ann):
    page = ann.post(
        ADD, {"address": "https://example.org/hidden", "name": "Ops", "events": "all_done, *"}, follow=True
    ).content.decode()

    channel = Channel.objects.get()
    assert (channel.name, channel.events, channel.enabled) == ("Ops", ["all_done", "*"], True)
    assert channel.secret in page
    assert kinds() == [("channel.add", "Ann")]
    for again in (LIST, page_of(channel)):
        content = ann.get(again).content.decode()
        assert channel.secret not in content
        assert "example.org/hidden" not in content


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"address": "ann"}, "This is no address of a kind that is known. Give chat:"),
        ({"address": "chat:oc_1", "events": "nonsense"}, "&#x27;nonsense&#x27; names no event."),
        ({"address": "chat:there"}, "Channel with this Address already exists."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(ann, form, why):
    services.add_channel(address="chat:there")

    page = ann.post(ADD, form).content.decode()

    assert why in page
    assert Channel.objects.count() == 1


def test_a_channel_is_changed(ann):
    channel = services.add_channel(address="chat:oc_1", events=["all_done"])
    assert 'value="all_done"' in ann.get(page_of(channel)).content.decode()

    ann.post(page_of(channel), {"name": "Team", "events": "all_done"})

    channel.refresh_from_db()
    assert (channel.address, channel.name, channel.enabled) == ("chat:oc_1", "Team", False)
    assert kinds()[1:] == [("channel.edit", "Ann")]
    assert Event.objects.last().data == {"fields": ["enabled", "name"]}


def test_nothing_else_of_a_channel_can_be_changed(ann, hook):
    forged = {"address": "https://eve.example/", "secret": "known", "failures": "9", "enabled": "on"}

    ann.post(page_of(hook), {"name": "Hook", "events": "*"} | forged)

    again = Channel.objects.get()
    assert (again.address, again.secret, again.failures) == (hook.address, hook.secret, 0)


def test_channels_are_removed_one_by_one_and_together(ann):
    first, second, third = (services.add_channel(address=f"chat:{n}") for n in range(3))

    ann.post(reverse("admin:notifications_channel_delete", args=[first.pk]), {"post": "yes"})
    ann.post(LIST, {"action": "delete_selected", "_selected_action": [second.pk, third.pk], "post": "yes"})

    assert not Channel.objects.exists()
    assert kinds()[3:] == [("channel.remove", "Ann")] * 3


def test_a_test_is_sent_and_says_what_came_of_it(clerk, hook, target):
    chat = services.add_channel(address="chat:oc_1")

    page = act(clerk, LIST, "send_test", hook, chat)

    assert "Hook: sent" in page
    assert "chat:oc_1 is left to agents" in page
    assert len(target.requests) == 1


def test_only_a_superuser_gives_a_new_secret(clerk, hook):
    page = act(clerk, LIST, "rotate_secret", hook)

    assert Channel.objects.get().secret == hook.secret
    assert "whs_" not in page


def test_a_superuser_is_shown_the_new_one(ann, hook):
    page = act(ann, LIST, "rotate_secret", hook)

    secret = Channel.objects.get().secret
    assert secret != hook.secret
    assert secret in page


def test_only_a_superuser_adds_an_address_for_apprise(clerk):
    pytest.importorskip("apprise")

    page = clerk.post(ADD, {"address": "json://example.org"}).content.decode()

    assert "Only a superuser may add an address for Apprise." in page
    assert not Channel.objects.exists()


def test_deliveries_are_filtered_by_their_state(ann, hook, target, happen):
    happen("Sent one")
    services.deliver()
    happen("Waiting one")

    for state, shown in (("sent", ["Sent one"]), ("waiting", ["Waiting one"]), ("given_up", [])):
        page = ann.get(DELIVERIES, {"state": state}).content.decode()
        assert [name for name in ("Sent one", "Waiting one") if name in page] == shown


def test_what_was_given_up_is_sent_again(clerk, hook, target, happen):
    happen("First")
    happen("Second")
    Delivery.objects.filter(event__subject_name="First").update(due_at=None)

    page = act(clerk, DELIVERIES, "send_again", *Delivery.objects.all())

    assert "1 waits again." in page
    services.deliver()
    assert target.said == ["First", "Second"]


def test_deliveries_of_a_channel_that_is_gone_break_no_page(ann, hook, happen):
    happen("First")
    services.remove_channel(hook)

    assert ann.get(DELIVERIES).status_code == 200


def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(ann, hook, happen):
    happen("First")
    for_one = [queries(ann, DELIVERIES), queries(ann, LIST)]
    happen("Second")
    happen("Third")
    services.add_channel(address="chat:oc_1")

    assert [queries(ann, DELIVERIES), queries(ann, LIST)] == for_one


def queries(client, page: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(page)
    return len(captured)
