"""Where an earlier OpenMOSS keeps its database, its configuration and its prompts."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from openmoss.errors import Invalid, NotFound

DATABASES = ("data/tasks.db", "tasks.db")
CONFIGS = ("config.yaml", "docker-data/config/config.yaml")


@dataclass(frozen=True)
class Source:
    """What there is to bring over; only the database is always there."""

    database: Path
    config: dict
    prompts: Path | None


def find_source(place: Path, *, config: Path | None = None, prompts: Path | None = None) -> Source:
    """Return what lies in the folder of an earlier server, or beside the arguments that name it; or refuse."""
    folder = place if place.is_dir() else None
    if folder:
        config = config or _first(folder, CONFIGS)
        prompts = prompts or _first(folder, ["prompts"])
    settings = read_config(config) if config else {}
    if prompts and not prompts.is_dir():
        raise NotFound(f"There is no folder {prompts}.")
    return Source(_database(place, settings), settings, prompts)


def read_config(path: Path) -> dict:
    """Return the settings in a `config.yaml`, or refuse it."""
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"{path} cannot be read: {type(error).__name__}.") from None
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place else ""
        raise Invalid(f"{path} is no YAML{where}.", hint="Mend it, or leave it out.") from None
    if not isinstance(config or {}, dict):
        raise Invalid(f"{path} holds no settings.", hint="Name the config.yaml of the earlier server.")
    return config or {}


def _database(place: Path, config: dict) -> Path:
    if place.is_file():
        return place
    database = config.get("database")
    named = database.get("path") if isinstance(database, dict) else None
    candidates = [named, *DATABASES] if isinstance(named, str) and named else DATABASES
    if found := place.is_dir() and _first(place, candidates):
        return found
    raise NotFound(
        f"There is no database of an earlier OpenMOSS at {place}.",
        hint="Name its folder, or its tasks.db.",
    )


def _first(folder: Path, names) -> Path | None:
    return next((folder / name for name in names if (folder / name).exists()), None)
