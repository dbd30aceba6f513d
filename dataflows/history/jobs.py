"""Finds jobs by their request: the same command continues where it was stopped, over the same positions."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from connectors.messages import Extent
from dataflows.history.job import Job
from dataflows.history.whole_files import write_whole

Extents = Mapping[str, Mapping[str, Extent]]
"""Extents to read, by source and partition."""

FORMAT = 5
"""Version of a job's files; files of another version are not read."""
LOCK = "run.lock"
_QUESTIONS = {LOCK, "questions", "questions.complete", "definitions"}
"""Files that exist before the positions are known."""


@dataclass(frozen=True, slots=True)
class OpenedJob:
    """A job and its positions, which were resolved when it began; `resumed` if that was earlier."""

    job: Job
    extents: Extents
    resumed: bool


def folder_of(root: Path, asked: Mapping[str, object]) -> Path:
    """Returns the folder of the job with this request (values that JSON supports)."""
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return root / digest[:12]


def open_job(folder: Path, resolve: Callable[[], Extents], fresh: bool) -> OpenedJob:
    """Continues the job of a folder, or begins it; `fresh` forgets earlier work."""
    job = Job(folder)
    if fresh:
        forget(job)
    if (noted := extents_of(job)) is not None:
        return OpenedJob(job, noted, resumed=True)
    extents = resolve()
    _clear(folder, _QUESTIONS)
    note_extents(job, extents)
    return OpenedJob(job, extents, resumed=False)


def extents_of(job: Job) -> Extents | None:
    """Returns the positions that a job reads; None before this version of the program has begun it."""
    noted = _recorded(job)
    return None if noted is None or other_version(job) else extents_in(noted["extents"])


def extents_in(noted: Mapping[str, Any]) -> Extents:
    """Decodes noted positions: `first` and `end` by source and partition."""
    return {source: {part: Extent(**extent) for part, extent in parts.items()} for source, parts in noted.items()}


def note_extents(job: Job, extents: Extents) -> None:
    """Begins a job with these positions."""
    plain = {source: {part: asdict(extent) for part, extent in parts.items()} for source, parts in extents.items()}
    noted = {"headrace": version("headrace"), "format": FORMAT, "extents": plain}
    write_whole(_path(job), json.dumps(noted).encode())


def other_version(job: Job) -> str | None:
    """Returns the other version that began a job, so that its files cannot be used; None if this one may continue."""
    noted = _recorded(job)
    if noted is None or (noted.get("headrace"), noted.get("format")) == (version("headrace"), FORMAT):
        return None
    return f"headrace {noted.get('headrace', '(an earlier version)')} (files of format {noted.get('format', 1)})"


def forget(job: Job) -> None:
    """Forgets earlier work except the lock of the folder; removes completion marks first."""
    _path(job).unlink(missing_ok=True)
    for done in job.folder.glob("*.complete"):
        done.unlink()
    _clear(job.folder, {LOCK})


def discard(job: Job) -> None:
    """Removes a job with its folder atomically, so that a kill leaves no half of a job."""
    if job.folder.exists():
        forgotten = job.folder.with_suffix(".forgotten")
        shutil.rmtree(forgotten, ignore_errors=True)
        job.folder.rename(forgotten)
        shutil.rmtree(forgotten)


def _path(job: Job) -> Path:
    return job.folder / "job.json"


def _recorded(job: Job) -> dict[str, Any] | None:
    path = _path(job)
    noted: dict[str, Any] | None = json.loads(path.read_bytes()) if path.exists() else None
    return noted


def _clear(folder: Path, spared: set[str]) -> None:
    for path in folder.glob("*"):
        if path.name in spared:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
