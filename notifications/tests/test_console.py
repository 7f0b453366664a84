"""The pages about channels: people add, change, test and remove them, and see what became of what was sent."""

import pytest

from notifications import services
from notifications.models import Channel, Delivery, Event

SECRET_PART = "/hidden?token=s3cret"


@pytest.fixture
def channel(site) -> Channel:
    """A webhook with something like a password in its address."""
    return services.add_channel(address=f"https://hooks.example.org{SECRET_PART}", name="Ops", events=["*"])


@pytest.fixture
def happened(happen, channel) -> Delivery:
    """Something that Ops waits to be told."""
    happen("<b>Collect</b>")
    return Delivery.objects.get()


def give_up() -> None:
    Delivery.objects.update(due_at=None, error="It answered 500.", attempts=7)


def last() -> Event:
    return Event.objects.latest("pk")


def test_the_page_says_how_each_channel_is_doing(desk, channel, happened):
    services.add_channel(address="chat:news")
    Channel.objects.filter(pk=channel.pk).update(error="<i>No route</i>", failures=3)

    page = desk.get("/notifications").content.decode()

    assert "https://hooks.example.org/…" in page
    assert "s3cret" not in page
    assert channel.secret not in page
    assert "trying again" in page
    assert "&lt;i&gt;No route&lt;/i&gt;" in page
    assert "left to agents" in page
    assert "Everything that happens" in page
    assert f'href="/notifications/deliveries?state=waiting&amp;channel={channel.pk}">1</a>' in page


def test_the_page_says_that_nobody_is_told(desk, site):
    site.notifications_enabled = False
    site.save()

    page = desk.get("/notifications").content.decode()

    assert "Nobody is told yet" in page
    assert "notifications are switched off" in page


def test_it_keeps_itself_fresh(desk, channel, happen):
    fragment = {"HX-Request": "true", "HX-Target": "channels"}
    cursor = desk.get("/notifications").context["cursor"]

    quiet = desk.get("/notifications", {"cursor": cursor}, headers=fragment)
    happen("Collect")
    news = desk.get("/notifications", {"cursor": cursor}, headers=fragment)

    assert quiet.status_code == 204
    assert news.content.decode().strip().startswith('<div id="channels"')


def test_a_webhook_is_added_and_its_secret_shown_this_once(desk, site):
    answer = desk.post(
        "/notifications/channels/new",
        {
            "address": "https://hooks.example.org/x",
            "name": "Ops",
            "usual": ["all_done"],
            "more": "agent.disable",
        },
    )

    channel = Channel.objects.get()
    assert (channel.name, channel.events) == ("Ops", ["all_done", "agent.disable"])
    assert channel.secret in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert (last().kind, last().actor_name) == ("channel.add", "Ann")
    for address in ("/notifications", f"/notifications/channels/{channel.pk}/edit"):
        assert channel.secret not in desk.get(address).content.decode()


def test_what_has_no_secret_leads_back_to_the_list(desk, site):
    answer = desk.post("/notifications/channels/new", {"address": "chat:news"})

    assert answer["Location"] == "/notifications"
    assert Channel.objects.get().events == []


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"address": "pigeon"}, "This is no address of a kind that is known."),
        (
            {"address": f"https://hooks.example.org{SECRET_PART}"},
            "There is a channel with this address already.",
        ),
        ({"address": "chat:news", "more": "no_such_thing"}, "names no event"),
        ({"address": "chat:news", "name": "n" * 101}, "at most 100 characters"),
        ({}, "This field is required."),
    ],
)
def test_a_refused_channel_keeps_what_was_typed(desk, channel, form, complaint):
    answer = desk.post("/notifications/channels/new", form)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page
    assert form.get("address", "") in page
    assert Channel.objects.get() == channel


def test_a_channel_is_edited_and_switched_off(desk, channel, happened):
    answer = desk.post(
        f"/notifications/channels/{channel.pk}/edit", {"name": "Night shift", "usual": ["*"], "more": ""}
    )

    channel.refresh_from_db()
    assert answer["Location"] == "/notifications"
    assert (channel.name, channel.enabled, channel.events) == ("Night shift", False, ["*"])
    assert Delivery.objects.get().due_at is None
    edit = Event.objects.get(kind="channel.edit")
    assert (edit.actor_name, edit.data) == ("Ann", {"fields": ["enabled", "name"]})
    assert "switched off" in desk.get("/notifications").content.decode()


def test_before_a_channel_is_removed_it_says_what_is_lost(desk, channel, happened):
    address = f"/notifications/channels/{channel.pk}/remove"

    asked = desk.get(address).content.decode()
    assert "1 notification that waits for it is not sent." in asked
    assert Channel.objects.exists()
    desk.post(address)

    assert not Channel.objects.exists()
    assert (last().kind, last().actor_name) == ("channel.remove", "Ann")


def test_a_secret_is_rotated_and_shown_this_once(desk, channel):
    address = f"/notifications/channels/{channel.pk}/rotate-secret"
    old = channel.secret

    assert old not in desk.get(address).content.decode()
    page = desk.post(address, headers={"HX-Request": "true", "HX-Target": "question"}).content.decode()

    channel.refresh_from_db()
    assert channel.secret != old
    assert channel.secret in page
    assert "<html" not in page
    assert (last().kind, last().actor_name) == ("channel.rotate_secret", "Ann")


def test_a_test_goes_out_at_once_and_tells_how_it_went(desk, hook, target):
    page = desk.post(f"/notifications/channels/{hook.pk}/test", follow=True).content.decode()
    target.refuses(500)
    failed = desk.post(f"/notifications/channels/{hook.pk}/test", follow=True).content.decode()

    assert "The test went through Hook." in page
    assert "The test of Hook failed" in failed
    assert Delivery.objects.count() == 2


def test_deliveries_show_what_became_of_what_happened(desk, channel, happened, happen):
    give_up()
    happen("Write")

    page = desk.get("/notifications/deliveries").content.decode()
    waiting = desk.get("/notifications/deliveries", {"state": "waiting"}).content.decode()
    other = services.add_channel(address="https://other.example.org", events=["*"])
    elsewhere = desk.get("/notifications/deliveries", {"channel": other.pk})
    given_up = desk.get("/notifications/deliveries", {"state": "given_up", "channel": channel.pk})

    assert "&lt;b&gt;Collect&lt;/b&gt;" in page
    assert "Write" in page
    assert "Collect" not in waiting
    assert "Write" in waiting
    assert "It answered 500." in given_up.content.decode()
    assert "Write" not in given_up.content.decode()
    assert "Nothing like this." in elsewhere.content.decode()
    assert desk.get("/notifications/deliveries", {"state": "magic", "channel": "x"}).status_code == 200


def test_what_was_given_up_is_sent_again(desk, happened):
    again = f"/notifications/deliveries/{happened.pk}/send-again"
    waits = desk.post(again, follow=True).content.decode()
    assert "Only what was given up can be sent again." in waits
    give_up()
    assert again in desk.get("/notifications/deliveries").content.decode()

    desk.post(again)

    happened.refresh_from_db()
    assert happened.due_at is not None
    assert (last().kind, last().actor_name) == ("channel.send_again", "Ann")


def test_many_deliveries_cost_no_more_queries(desk, channel, happen, django_assert_max_num_queries):
    for number in range(60):
        happen(f"Sub-task {number}")

    for address in ("/notifications", "/notifications/deliveries"):
        with django_assert_max_num_queries(14):
            page = desk.get(address)

    assert "Sub-task 59" in page.content.decode()
    assert "Sub-task 9<" not in page.content.decode()
    assert "before=" in page.content.decode()


def test_who_may_only_look_changes_nothing(onlooker, channel, happened, nothing_written):
    give_up()
    page = onlooker.get("/notifications").content.decode()
    assert "Ops" in page
    assert "/edit" not in page
    assert "/send-again" not in onlooker.get("/notifications/deliveries").content.decode()

    with nothing_written():
        for verb in ("edit", "remove", "rotate-secret", "test"):
            assert onlooker.post(f"/notifications/channels/{channel.pk}/{verb}").status_code == 403
        assert onlooker.post("/notifications/channels/new", {"address": "chat:x"}).status_code == 403
        assert onlooker.post(f"/notifications/deliveries/{happened.pk}/send-again").status_code == 403


@pytest.mark.parametrize("id", ["0", "x", "9" * 30, "٣"])
def test_what_is_not_there_is_a_page_that_says_so(desk, site, id):
    assert desk.get(f"/notifications/channels/{id}/edit").status_code == 404
    assert desk.post(f"/notifications/deliveries/{id}/send-again").status_code == 404
