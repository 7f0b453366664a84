"""Where an earlier OpenMOSS keeps its database, its configuration and its prompts."""

from dataclasses import dataclass
from pathlib import Path

from openmoss.config_file import read_config
from openmoss.errors import NotFound

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
