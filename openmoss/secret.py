"""The secret key that nobody has to configure."""

import os
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def secret_key_beside(data_dir: Path) -> str:
    """Return the key kept in `data_dir`, made on the first start and readable by its owner only."""
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path)
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"OpenMOSS cannot write to {data_dir} ({error.strerror}). "
            "Make the folder writable or set OPENMOSS_DATA_DIR to another one."
        ) from error


def _create(path: Path) -> None:
    # Written aside and linked into place: of two processes that start together one wins, and neither
    # can read a half-written key.
    if path.exists():
        return
    # mkstemp makes it readable by the owner only, under a name of its own: in containers all are process 1.
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(get_random_secret_key() + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
