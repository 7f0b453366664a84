from contextlib import suppress

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from notifications import selectors, services
from notifications.forms import ChannelForm
from notifications.models import Channel, Delivery, Event
from openmoss import config_file
from openmoss.errors import Conflict, Refusal
from openmoss.read_only import ReadOnly


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ["at", "kind", "actor_name", "subject_name", "was", "now", "why"]
    list_filter = ["actor_role"]
    search_fields = ["kind", "subject_name", "actor_name"]
    ordering = ["-pk"]


@admin.register(Channel)
class ChannelAdmin(admin.ModelAdmin):
    """Where people are told. An address can hold a password: once added, only the harmless part is shown."""

    form = ChannelForm
    list_display = ["__str__", "way_label", "events", "state", "waiting", "error"]
    readonly_fields = ["shown_address", "way_label", "state", "waiting", "error"]
    actions = ["send_test", "rotate_secret"]

    def get_queryset(self, request):
        return selectors.channels()

    def get_fields(self, request, channel=None) -> list[str]:
        if channel is None:
            return ["address", "name", "events"]
        return ["shown_address", "name", "events", "enabled", "way_label", "state", "waiting", "error"]

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.by = request.user
        return form

    def save_model(self, request, channel: Channel, form, change: bool) -> None:
        wanted = {field: form.cleaned_data[field] for field in form.changed_data}
        if change:
            services.edit_channel(Channel.objects.get(pk=channel.pk), by=request.user, **wanted)
        else:
            channel.pk = services.add_channel(**wanted, by=request.user).pk
            channel.refresh_from_db()
            self._show_secret(request, channel, channel.secret)

    def has_delete_permission(self, request, channel=None) -> bool:
        is_named = channel is not None and channel.address in config_file.said().channels
        return not is_named and super().has_delete_permission(request, channel)

    def delete_model(self, request, channel: Channel) -> None:
        services.remove_channel(channel, by=request.user)

    def delete_queryset(self, request, queryset) -> None:
        for channel in queryset:
            services.remove_channel(channel, by=request.user)

    def has_rotate_permission(self, request) -> bool:
        return request.user.is_superuser

    @admin.action(description=_("Send a test"), permissions=["change"])
    def send_test(self, request, queryset) -> None:
        for channel in queryset:
            try:
                error = services.test_channel(channel, by=request.user).error
            except Refusal as refusal:
                error = f"{refusal.detail} {refusal.hint}"
            level = messages.ERROR if error else messages.SUCCESS
            self.message_user(request, f"{channel}: {error or _('sent')}", level)

    @admin.action(description=_("Give a new secret"), permissions=["rotate"])
    def rotate_secret(self, request, queryset) -> None:
        for channel in queryset:
            try:
                self._show_secret(request, channel, services.rotate_secret(channel, by=request.user))
            except Refusal as refusal:
                self.message_user(request, f"{refusal.detail} {refusal.hint}", messages.ERROR)

    def _show_secret(self, request, channel: Channel, secret: str) -> None:
        if secret:
            told = _("The secret of %(channel)s, shown only this once: %(secret)s")
            self.message_user(request, told % {"channel": channel, "secret": secret}, messages.WARNING)

    @admin.display(description=_("Address"))
    def shown_address(self, channel: Channel) -> str:
        return channel.shown_address

    @admin.display(description=_("Way"))
    def way_label(self, channel: Channel) -> str:
        return channel.way.label

    @admin.display(description=_("State"))
    def state(self, channel: Channel) -> str:
        return selectors.state_of(channel)

    @admin.display(description=_("Waiting"))
    def waiting(self, channel: Channel) -> int:
        return channel.waiting


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin) -> list[tuple]:
        return [("waiting", _("Waiting")), ("sent", _("Sent")), ("given_up", _("Given up"))]

    def queryset(self, request, queryset):
        states = {"waiting": queryset.waiting, "sent": queryset.sent, "given_up": queryset.given_up}
        return states[self.value()]() if self.value() in states else queryset


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = [
        "queued_at",
        "event",
        "channel",
        "state",
        "attempts",
        "due_at",
        "sent_at",
        "status",
        "error",
    ]
    list_filter = [StateFilter, "channel"]
    list_select_related = ["event", "channel"]
    ordering = ["-pk"]
    actions = ["send_again"]

    def has_send_permission(self, request) -> bool:
        return request.user.has_perm("notifications.change_delivery")

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request, queryset) -> None:
        sent = 0
        for delivery in queryset.given_up():
            with suppress(Conflict):  # somebody else was faster
                services.send_again(delivery, by=request.user)
                sent += 1
        self.message_user(request, ngettext("%d waits again.", "%d wait again.", sent) % sent)
