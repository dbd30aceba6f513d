"""Implements `headrace dataset`: builds a training set from a spine and the history of events."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import typer

from cli.dashboard import LOADING, waiting
from cli.handlers.history.datasets.dataset_engine import Engine, engine_of
from cli.handlers.history.datasets.dataset_lag import lag_text
from cli.handlers.history.datasets.dataset_options import DatasetOptions
from cli.handlers.history.datasets.dataset_report import say_estimate, say_leakage, say_made, say_skew, say_verified
from cli.handlers.history.job_place import job_place
from cli.interrupts import Interrupted
from cli.output_folder import expect_writable
from cli.supervision import hold_folder
from cli.terminal import err, now_ms, where
from cli.topics import expect_broker
from connectors.messages import MessageCount
from dataflows.definitions import load
from dataflows.definitions.fingerprint import digest
from dataflows.history.datasets.arguments import request_of
from dataflows.history.datasets.builder import DatasetBuilder
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.estimate import Estimate, estimate
from dataflows.history.datasets.first_events import FirstEvents
from dataflows.history.datasets.history_fold import HistoryFold
from dataflows.history.datasets.manifest import Manifest, read_manifest
from dataflows.history.datasets.questions import Ticks
from dataflows.history.datasets.request import HISTORY, DatasetRequest
from dataflows.history.datasets.verification import rebuild, verify
from dataflows.history.job import Job
from dataflows.history.jobs import discard, forget, other_version
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings

T = TypeVar("T")


def dataset(options: DatasetOptions) -> None:
    """Builds a data set, estimates its cost, verifies one or builds it again."""
    settings = load_settings()
    repeat = options.repeat
    if repeat.verify is not None or repeat.rebuild is not None:
        options.expect_alone()
    if repeat.verify is not None:
        _verify(repeat.verify, options, settings)
    elif repeat.rebuild is not None:
        _rebuild(repeat.rebuild, options, settings)
    else:
        _make(options, settings)


def _make(options: DatasetOptions, settings: Settings) -> None:
    arguments, opening = options.arguments, options.files.opening()
    out = None if options.estimate else options.files.target()
    definitions = load(settings.specs)
    arguments = replace(arguments, lag=lag_text(arguments.lag, settings, definitions))
    request = request_of(arguments, opening, definitions, settings.specs)
    expect_broker(settings)
    engine = engine_of(settings, options.processes)
    if out is None:
        say_estimate(_estimated(request, engine.fold))
        return
    leakage = options.files.leakage
    for path in (out, leakage or out):
        expect_writable(path.parent)
    begun = time.monotonic()
    folder = request.folder(settings.var, job_place(settings, store=False))
    manifest = _in_job(folder, engine, options.fresh, _to_file(request, out, leakage))
    say_leakage(manifest)
    say_skew(manifest)
    say_made(manifest, out, time.monotonic() - begun)


def _estimated(request: DatasetRequest, fold: HistoryFold) -> Estimate:
    definitions = request.selection.definitions

    def firsts(ticks: Ticks, events: MessageCount | None) -> FirstEvents:
        with waiting(LOADING):
            compile_kernels()
        with waiting("counting entities"):
            return fold.first_events(definitions, ticks.entity_id, events)

    return estimate(request, fold.counts(definitions, request.served), firsts)


def _to_file(request: DatasetRequest, out: Path, leakage: Path | None) -> Callable[[DatasetBuilder], Manifest]:
    return lambda builder: builder.to_file(request, out, leakage)


def _verify(dataset: Path, options: DatasetOptions, settings: Settings) -> None:
    manifest = read_manifest(dataset)
    sample, seed = options.repeat.sample, options.repeat.seed
    seed = now_ms() % 1_000_000 if seed is None else seed
    expect_broker(settings)
    folder = _folder(settings, dataset, "verify", sample, seed)
    verification = _in_job(
        folder,
        engine_of(settings, options.processes),
        True,
        lambda builder: verify(dataset, manifest, sample, seed, builder),
    )
    say_verified(verification, manifest, seed)
    if not verification.equal:
        raise typer.Exit(1)


def _rebuild(dataset: Path, options: DatasetOptions, settings: Settings) -> None:
    manifest = read_manifest(dataset)
    out = options.files.rebuilt(dataset)
    expect_writable(out.parent)
    expect_broker(settings)
    folder = _folder(settings, dataset, "rebuild")
    made = _in_job(
        folder,
        engine_of(settings, options.processes),
        options.fresh,
        lambda builder: rebuild(dataset, manifest, out, builder),
    )
    same = made.content_hash == manifest.content_hash
    outcome = "equal" if same else f"different: {made.content_hash}, expected {manifest.content_hash}"
    err.print(f"rebuilt {where(dataset)} as {where(out)}: the content hash is {outcome}", soft_wrap=True)
    if not same:
        raise typer.Exit(1)


def _folder(settings: Settings, dataset: Path, *parts: str | int) -> Path:
    """Returns the folder of a job over this file; a changed file is another request."""
    file = dataset.stat()
    place = job_place(settings, store=False)
    return settings.var / HISTORY / digest([str(dataset.resolve()), file.st_size, file.st_mtime_ns, place, *parts])


def _in_job(folder: Path, engine: Engine, fresh: bool, work: Callable[[DatasetBuilder], T]) -> T:
    """Works in the folder of a job, which is removed on success and on failure."""
    job = Job(folder)
    with hold_folder(folder) as lock, _job_folder(job):
        if (other := other_version(job)) is not None:
            err.print(f"the job in {where(folder)} was started by {other}; starting over", soft_wrap=True)
        if fresh or other is not None:
            forget(job)
        elif any(folder.glob("*.complete")):
            err.print(f"resuming the stopped job in {where(folder)}; --fresh starts over", soft_wrap=True)
        with waiting(LOADING):
            compile_kernels()
        result = work(engine.builder(job, lock))
        discard(job)
        return result


@contextmanager
def _job_folder(job: Job) -> Iterator[None]:
    """Keeps the folder of a stopped job, and removes that of a failed one."""
    try:
        yield
    except DatasetError:
        discard(job)
        raise
    except Interrupted:
        err.print(f"stopped; run the same command again to resume the job in {where(job.folder)}", soft_wrap=True)
        raise
