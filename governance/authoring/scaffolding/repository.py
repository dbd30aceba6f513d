"""Creates a feature repository: sources, a feature, a set, settings, and CI for GitHub and GitLab."""

import re
from collections.abc import Mapping
from pathlib import Path

from dataflows.definitions import definition_files, json_schema, load
from governance.authoring.scaffolding.new_files import write_new
from governance.authoring.scaffolding.requirement import WHEELS, Requirement
from governance.authoring.scaffolding.templating import rendered, templates
from governance.publishing.codeowners import block, read_owners, with_block

_ROOT = "repository"
_TEMPLATE = ".template"
_SPECS = "features"


def init_repository(folder: Path, owner: str, requirement: Requirement) -> list[Path]:
    """Writes the files of a repository to a folder that has none of them; returns their paths. Raises AlreadyThere."""
    name = folder.resolve().name
    team = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "shop"
    values = {"owner": owner, "requirement": requirement.line, "name": name, "team": team}
    files: dict[Path, str | bytes] = {folder / _path(name): rendered(name, **values) for name in templates(_ROOT)}
    reviewers = folder / ".github" / "CODEOWNERS"
    files |= {reviewers: "", folder / _SPECS / "schema.json": json_schema.text(), **_wheel(folder, requirement)}
    written = write_new(files)
    reviewers.write_text(_reviewers(folder), encoding="utf-8")
    return written


def _wheel(folder: Path, requirement: Requirement) -> Mapping[Path, bytes]:
    wheel = requirement.wheel
    return {folder / WHEELS / wheel.name: wheel.read_bytes()} if wheel else {}


def _reviewers(folder: Path) -> str:
    """Returns the text of CODEOWNERS, which a check compares from the first change on."""
    specs = folder / _SPECS
    files = {name: path.relative_to(folder) for name, path in definition_files(specs).items()}
    return with_block("", block(load(specs), files, read_owners(folder / "owners.yaml")))


def _path(template: str) -> str:
    """Returns the target of a template: `dot_` stands for a leading dot, because packages leave such files out."""
    return template.removeprefix(f"{_ROOT}/").removesuffix(_TEMPLATE).replace("dot_", ".")
