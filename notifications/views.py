"""The pages about the channels, and about what went through them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications import selectors, services
from notifications.forms import USUAL, EditChannel, NewChannel
from notifications.models import Channel, Delivery
from openmoss.access import STAFF, declare
from openmoss.errors import Conflict, NotFound
from openmoss.models import SiteSettings
from openmoss.pages import act, ask, live, page
from openmoss.pages.answers import QUESTION
from openmoss.pages.forms import Form, sent
from openmoss.pages.listing import listing

STATES = ("waiting", "sent", "given_up")


@declare(STAFF)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show where people are told, of what, and how that goes."""
    channels, site = list(selectors.channels()), SiteSettings.load()

    def context() -> dict:
        return {"channels": channels, "site": site, "usual": USUAL}

    return live(
        request,
        "notifications/channels.html",
        "notifications/_channels.html",
        context,
        cursor=selectors.cursor_of(channels, site),
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def new_channel(request: HttpRequest) -> HttpResponse:
    """Tell people at another address."""
    form = NewChannel(sent(request))
    added: list[Channel] = []

    def add(values: dict) -> str:
        wanted = {name: values[name] for name in ("address", "name", "events")}
        added.append(services.add_channel(**wanted, by=request.user))
        return _("%(channel)s is a channel now.") % {"channel": added[0]}

    answer = ask(
        request,
        form,
        add,
        title=_("New channel"),
        text=_(
            "The server sends to webhooks, mail and Apprise by itself. Without a choice below, the settings say of what."
        ),
        verb=_("Add it"),
        back="notifications",
    )
    return _with_secret(request, added[0]) if added and added[0].secret else answer


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_channel(request: HttpRequest, id: str) -> HttpResponse:
    """Change what a channel is called, and of what it tells."""
    channel = _find(id)
    form = EditChannel(
        sent(request),
        initial={"name": channel.name, "enabled": channel.enabled},
    )
    form.show_events(channel.events)

    def edit(values: dict) -> str:
        wanted = {name: values[name] for name in ("name", "enabled", "events")}
        return _("%(channel)s is saved.") % {
            "channel": services.edit_channel(channel, by=request.user, **wanted)
        }

    return ask(
        request,
        form,
        edit,
        title=_("Edit %(channel)s") % {"channel": channel},
        text=_("Its address stays as it is: %(address)s. For another one, add another channel.")
        % {"address": channel.shown_address},
        verb=_("Save"),
        back="notifications",
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def remove_channel(request: HttpRequest, id: str) -> HttpResponse:
    """Tell nobody there any more."""
    channel = _find(id)

    def remove(values: dict) -> str:
        services.remove_channel(channel, by=request.user)
        return _("%(channel)s is removed.") % {"channel": channel}

    return ask(
        request,
        Form(sent(request)),
        remove,
        title=_("Remove %(channel)s") % {"channel": channel},
        text=selectors.loss_of(channel),
        verb=_("Remove it"),
        back="notifications",
        danger=True,
    )


@declare(STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def rotate_secret(request: HttpRequest, id: str) -> HttpResponse:
    """Give a webhook a new secret, and show it this once."""
    channel = _find(id)
    if not channel.secret:
        raise Conflict(
            _("%(channel)s has no secret.") % {"channel": channel}, hint=_("Only webhooks have one.")
        )
    old = channel.secret

    def rotate(values: dict) -> str:
        services.rotate_secret(channel, by=request.user)
        return _("%(channel)s has a new secret.") % {"channel": channel}

    answer = ask(
        request,
        Form(sent(request)),
        rotate,
        title=_("New secret for %(channel)s") % {"channel": channel},
        text=_(
            "What is sent from now on is signed with the new secret. The receiver refuses it until it knows that one."
        ),
        verb=_("Make a new secret"),
        back="notifications",
        danger=True,
    )
    return _with_secret(request, channel) if channel.secret != old else answer


@declare(STAFF)
@require_POST
def test_channel(request: HttpRequest, id: str) -> HttpResponse:
    """Send a test through a channel, now."""
    channel = _find(id)

    def test() -> str:
        if error := services.test_channel(channel, by=request.user).error:
            raise Conflict(
                _("The test of %(channel)s failed: %(error)s") % {"channel": channel, "error": error}
            )
        return _("The test went through %(channel)s.") % {"channel": channel}

    return act(request, test, back="notifications")


@declare(STAFF)
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """List what was sent, what waits and what was given up, newest first."""
    state, chosen = request.GET.get("state", ""), request.GET.get("channel", "")
    channels = list(Channel.objects.all())
    channel = next((each for each in channels if str(each.pk) == chosen), None)
    found = selectors.deliveries(state=state if state in STATES else "", channel=channel)
    context = {
        "rows": listing(found, request.GET, by=("-pk",)),
        "channels": channels,
        "channel": channel,
        "state": state,
        "states": STATES,
    }
    return page(request, "notifications/deliveries.html", context)


@declare(STAFF)
@require_POST
def send_again(request: HttpRequest, id: str) -> HttpResponse:
    """Let a delivery that was given up wait for its turn again."""
    known = id.isascii() and id.isdigit() and len(id) < 19
    delivery = known and Delivery.objects.select_related("event", "channel").filter(pk=id).first()
    if not delivery:
        raise NotFound(_("There is no such delivery."), hint=_("Old ones are forgotten after a while."))

    def again() -> str:
        services.send_again(delivery, by=request.user)
        return _("It waits for its turn again.")

    return act(request, again, back=f"{reverse('deliveries')}?state=given_up")


def _find(id: str) -> Channel:
    channel = (
        Channel.objects.filter(pk=id).first() if id.isascii() and id.isdigit() and len(id) < 19 else None
    )
    if channel is None:
        raise NotFound(_("There is no such channel."), hint=_("Somebody may have removed it."))
    return channel


def _with_secret(request: HttpRequest, channel: Channel) -> HttpResponse:
    """Show the secret of a webhook in answer to what made it, and never again."""
    context = {"channel": channel, "secret": channel.secret}
    if request.htmx.target == QUESTION:
        return render(request, "notifications/_secret.html", context)
    return page(
        request,
        "question.html",
        context | {"title": str(channel), "question": "notifications/_secret.html"},
    )
