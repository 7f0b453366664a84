from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from notifications.forms import checked
from notifications.services.channels import checked_address
from openmoss import config_file
from openmoss.forms.passwords import NewPassword
from openmoss.services.people import FIRST_PERSON


class SetUp(NewPassword):
    """All that a fresh server needs to know."""

    person = User(username=FIRST_PERSON)

    project_name = forms.CharField(
        label=_("Name of the project"),
        max_length=100,
        help_text=_("It stands at the top of every page, and agents read it in their rules."),
    )
    workspace_root = forms.CharField(
        label=_("Workspace"),
        max_length=500,
        help_text=_("The folder that all agents share, as it is called on their machines."),
    )
    external_url = forms.URLField(
        label=_("Address for agents"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_(
            "Under which agents reach this server, for example https://moss.example.org. While it is empty, "
            "agents are told the address under which the server is called."
        ),
    )
    allow_registration = forms.BooleanField(
        label=_("Agents may register by themselves with this token"),
        required=False,
        help_text=_("Without it, each agent joins with a code of its own that you make for it."),
    )
    registration_token = forms.CharField(
        label=_("Registration token"),
        max_length=200,
        help_text=_("Made at random. Keep it secret: who has it can join as an agent."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    channel = forms.CharField(
        label=_("Tell people at"),
        max_length=500,
        required=False,
        help_text=_(
            "A webhook (https://…), an e-mail address, or chat:<id> for a chat that your agents can write to. "
            "More of them, and of what they are told, can be set later."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        said = config_file.said()
        self.lock(self.fields.keys() & said.settings.keys(), by=said.path.name)

    def clean_channel(self) -> str:
        address = self.cleaned_data["channel"]
        return address and checked(checked_address, address)
