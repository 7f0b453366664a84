"""A skill as one zip file, for the server and for `skills/pack-skills.py`; nothing here needs Django."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

# One moment for every file, so that the same skill gives the same bytes.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def skill_files(folder: Path) -> dict[str, bytes]:
    """Return what belongs to a skill by its path in the folder; not what is hidden or only for its tests."""
    found = {}
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_file() and not any(
            part.startswith((".", "__pycache__")) or part == "tests" for part in parts
        ):
            found["/".join(parts)] = file.read_bytes()
    return found


def pack(name: str, files: Mapping[str, bytes]) -> bytes:
    """Return a zip with the files in a folder of this name."""
    packed = io.BytesIO()
    # Stored and not compressed: compressors differ from machine to machine.
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{name}/{path}", _MOMENT)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[path])
    return packed.getvalue()
