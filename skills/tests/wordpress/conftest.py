"""A writer's desk with a copy of the skill, and a stand-in for the WordPress site it works on."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

SKILL = Path(__file__).resolve().parents[2] / "wordpress-skill"
PASSWORD = "abcd efgh ijkl mnop"
FOREIGN = ("WORDPRESS_", "OPENCLAW_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_")


@pytest.fixture
def blog(office):
    """A stand-in WordPress: answers what it was told to, remembers what it was asked."""
    return office


@pytest.fixture
def writer(desk, blog, tmp_path):
    """Erin's desk: `writer.run("post", "list")` runs the skill's copy in her own workspace."""
    desk.script = tmp_path / "workspace" / "skills" / "wordpress-skill" / "wordpress-cli.py"
    desk.script.parent.mkdir(parents=True)
    shutil.copy(SKILL / "wordpress-cli.py", desk.script)
    desk.env = {k: v for k, v in desk.env.items() if not k.upper().startswith(FOREIGN)}
    desk.env |= {"HOME": str(tmp_path / "home"), "WORDPRESS_URL": blog.url}
    desk.env |= {"WORDPRESS_USER": "erin", "WORDPRESS_APP_PASSWORD": PASSWORD}
    return desk


@pytest.fixture(scope="module")
def cli():
    """The skill's program as a module."""
    spec = importlib.util.spec_from_file_location("wordpress_cli", SKILL / "wordpress-cli.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def post():
    """A post as WordPress describes it, with changes."""
    return lambda **changes: {
        "id": 12,
        "status": "draft",
        "title": {"rendered": "Weekly digest"},
        "link": "https://example.org/?p=12",
        "date": "2026-11-22T12:00:00",
        "slug": "weekly-digest",
        "categories": [3, 4],
        "tags": [],
        **changes,
    }


@pytest.fixture
def media():
    """A file of the media library, with changes."""
    return lambda **changes: {
        "id": 7,
        "title": {"rendered": "chart"},
        "source_url": "https://example.org/wp-content/uploads/chart.png",
        "media_type": "image",
        "mime_type": "image/png",
        "alt_text": "",
        "caption": {"rendered": ""},
        **changes,
    }
