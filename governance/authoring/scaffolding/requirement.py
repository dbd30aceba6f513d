"""Determines how a feature repository installs the Headrace that created it, from pip's record of its installation."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

WHEELS = "wheels"


class Requirement(msgspec.Struct, frozen=True):
    """A line of requirements.txt; the `wheel` that it names, if it must be copied; what remains to be done."""

    line: str
    wheel: Path | None = None
    advice: str | None = None


def own_requirement() -> Requirement:
    """Returns how to install the running Headrace again: from an index, an address, a commit, or a copy of its
    wheel."""
    installed = distribution("headrace")
    noted = installed.read_text("direct_url.json")
    return requirement_of(installed.version, json.loads(noted) if noted else None)


def requirement_of(version: str, noted: Mapping[str, Any] | None) -> Requirement:
    """Returns the requirement of a version; `noted` is its `direct_url.json`, if there is one.

    >>> requirement_of("1.0", {"url": "https://host/repo.git", "vcs_info": {"vcs": "git", "commit_id": "5eb1"}}).line
    'headrace @ git+https://host/repo.git@5eb1'
    """
    if noted is None:
        return Requirement(f"headrace=={version}")
    url = str(noted["url"])
    if "vcs_info" in noted and not url.startswith("file:"):
        return Requirement(f"headrace @ {noted['vcs_info']['vcs']}+{url}@{noted['vcs_info']['commit_id']}")
    digest = _digest(noted.get("archive_info", {}))
    if not url.startswith("file:"):
        return Requirement(f"headrace @ {url}#sha256={digest}" if digest else f"headrace @ {url}")
    return _of_file(version, Path(unquote(urlsplit(url).path)), digest)


def _of_file(version: str, path: Path, digest: str) -> Requirement:
    if path.is_file() and _is_wheel(path, version, digest):
        return Requirement(f"./{WHEELS}/{path.name}", wheel=path)
    advice = (
        f"requirements.txt asks an index for headrace {version}, which was installed from {path}: if your index does "
        f"not have it, run `pip wheel --no-deps -w {WHEELS} {path}` and name the wheel there instead"
    )
    return Requirement(f"headrace=={version}", advice=advice)


def _digest(noted: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of an archive; before pip 23.1 it was in another field, or missing."""
    return str(noted.get("hashes", {}).get("sha256", "")) or str(noted.get("hash", "")).removeprefix("sha256=")


def _is_wheel(path: Path, version: str, digest: str) -> bool:
    """Returns whether a file is still the installed wheel, by its digest, otherwise by its name."""
    if digest:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    return path.name.startswith(f"headrace-{version}-") and path.suffix == ".whl"
