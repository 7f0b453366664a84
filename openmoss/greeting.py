"""What the operator reads when the server is up."""

import sys
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse

from openmoss import __version__
from openmoss.models import SiteSettings
from openmoss.setup_code import setup_code


def greeting(port: int) -> str:
    """Return the address and the one next step, in a few lines of plain text."""
    url = SiteSettings.load().external_url.rstrip("/") or f"http://127.0.0.1:{port}"
    lines = [f"OpenMOSS {__version__} is running at {url}"]
    if not User.objects.filter(is_superuser=True).exists():
        lines += [
            "Nobody can sign in yet. Set it up in a browser; this link works until somebody can:",
            f"  {url}{reverse('setup')}?code={setup_code()}",
            "or from another terminal in this folder:",
            f"  {_python()} manage.py setup --admin-password '<a password of yours>'",
        ]
    else:
        lines += [
            f"Console: {url}/   API: {url}/api/docs/",
            f"New agent: {_python()} manage.py enrol NAME --role executor",
        ]
    return "\n".join(lines)


def _python() -> str:
    """Return how to call this Python from the project's folder."""
    python = Path(sys.executable)
    return (
        str(python.relative_to(settings.BASE_DIR)) if python.is_relative_to(settings.BASE_DIR) else "python"
    )
