"""Jobs are found by what they were asked: the same command goes on where it was stopped, over the same positions."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from connectors.messages import Extent
from dataflows.history.job import Job

Extents = Mapping[str, Mapping[str, Extent]]
"""By source and partition, what is read."""


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
    noted = folder / "job.json"
    if fresh:
        discard(Job(folder))
    if noted.exists():
        return OpenedJob(Job(folder), _extents(json.loads(noted.read_text())), resumed=True)
    extents = resolve()
    folder.mkdir(parents=True, exist_ok=True)
    part = noted.with_suffix(".part")
    part.write_text(json.dumps({source: {p: asdict(e) for p, e in parts.items()} for source, parts in extents.items()}))
    part.replace(noted)
    return OpenedJob(Job(folder), extents, resumed=False)


def discard(job: Job) -> None:
    """Forgets a job with all its files, at once: who is killed meanwhile does not leave half a job behind."""
    if job.folder.exists():
        forgotten = job.folder.with_suffix(".forgotten")
        shutil.rmtree(forgotten, ignore_errors=True)
        job.folder.rename(forgotten)
        shutil.rmtree(forgotten)


def _extents(noted: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Extents:
    return {source: {part: Extent(**extent) for part, extent in parts.items()} for source, parts in noted.items()}
