"""Jobs are found by what they were asked: the same command goes on where it was stopped, over the same positions."""

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
"""By source and partition, what is read."""

FORMAT = 5
"""Of the files of a job; another number means that they are not read."""
LOCK = "run.lock"
_QUESTIONS = {LOCK, "questions", "questions.complete", "definitions"}
"""What is there before the positions are known."""


@dataclass(frozen=True, slots=True)
class OpenedJob:
    """A job and the positions it reads, which were resolved when it was begun; `resumed` when that was before."""

    job: Job
    extents: Extents
    resumed: bool


def folder_of(root: Path, asked: Mapping[str, object]) -> Path:
    """Where the job is that was asked this (values that JSON knows)."""
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return root / digest[:12]


def open_job(folder: Path, resolve: Callable[[], Extents], fresh: bool) -> OpenedJob:
    """Goes on with the job of a folder, or begins it; a `fresh` one forgets what was done before."""
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
    """The positions that a job reads, None before this version of the program has begun it."""
    noted = _noted(job)
    return None if noted is None or other_version(job) else extents_in(noted["extents"])


def extents_in(noted: Mapping[str, Any]) -> Extents:
    """Positions as they are noted: `first` and `end` by source and partition."""
    return {source: {part: Extent(**extent) for part, extent in parts.items()} for source, parts in noted.items()}


def note_extents(job: Job, extents: Extents) -> None:
    """Begins a job: from now on it reads these positions."""
    plain = {source: {part: asdict(extent) for part, extent in parts.items()} for source, parts in extents.items()}
    noted = {"headrace": version("headrace"), "format": FORMAT, "extents": plain}
    write_whole(_path(job), json.dumps(noted).encode())


def other_version(job: Job) -> str | None:
    """Which other version began a job, so that its files cannot be used; None where this one may go on."""
    noted = _noted(job)
    if noted is None or (noted.get("headrace"), noted.get("format")) == (version("headrace"), FORMAT):
        return None
    return f"headrace {noted.get('headrace', 'of an earlier version')} (files of format {noted.get('format', 1)})"


def forget(job: Job) -> None:
    """Forgets what was done, but not who holds the folder; first what says that something is done."""
    _path(job).unlink(missing_ok=True)
    for done in job.folder.glob("*.complete"):
        done.unlink()
    _clear(job.folder, {LOCK})


def discard(job: Job) -> None:
    """Removes a job with its folder, at once: who is killed meanwhile does not leave half a job behind."""
    if job.folder.exists():
        forgotten = job.folder.with_suffix(".forgotten")
        shutil.rmtree(forgotten, ignore_errors=True)
        job.folder.rename(forgotten)
        shutil.rmtree(forgotten)


def _path(job: Job) -> Path:
    return job.folder / "job.json"


def _noted(job: Job) -> dict[str, Any] | None:
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
