"""A new feature repository: sources, a feature, a set, settings, and CI for GitHub and GitLab."""

import re
from importlib.metadata import version
from pathlib import Path

from dataflows.definitions import json_schema
from governance.scaffolding.new_files import write_new
from governance.scaffolding.templating import rendered, templates

_ROOT = "repository"
_TEMPLATE = ".template"


def init_repository(folder: Path, owner: str) -> list[Path]:
    """Writes the files of a repository into a folder without them; returns their paths. Raises AlreadyThere."""
    name = folder.resolve().name
    team = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "shop"
    values = {"owner": owner, "version": version("headrace"), "name": name, "team": team}
    files = {folder / _path(name): rendered(name, **values) for name in templates(_ROOT)}
    return write_new({**files, folder / "features" / "schema.json": json_schema.text()})


def _path(template: str) -> str:
    """Where a template goes: names that begin with a dot are written with `dot_`, for packages leave those out."""
    return template.removeprefix(f"{_ROOT}/").removesuffix(_TEMPLATE).replace("dot_", ".")
