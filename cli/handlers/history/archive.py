"""Implements `headrace archive`: writes what the topics hold beyond their archive to files, with a progress bar."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from cli.error_reporting import InvalidArgument, say
from cli.handlers.history.archive_check import report_problems
from cli.shutdown import StopSignal, stop_on_signals
from cli.terminal import err, now_ms, out
from cli.topics import ReadPosition, expect_broker
from connectors.archive import ArchiveStore, CopyOptions, TopicArchiver
from connectors.errors import HeadraceError
from connectors.messages import RawBatch
from dataflows.definitions import Source, load
from dataflows.expectations import did_you_mean
from dataflows.runtime.archived_topics import held_topic
from dataflows.runtime.options import event_types
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.topics import RunMode, Topics, archive_store, live_topics


@dataclass(slots=True)
class Archived:
    """The files and events written for one source."""

    source: str
    events: int = 0
    files: int = 0
    failed: bool = False

    def add(self, _path: str, rows: int) -> None:
        """Counts a file."""
        self.events += rows
        self.files += 1


@dataclass(frozen=True, slots=True)
class _Work:
    """The archive, topics and options of the copy; lost messages are an error unless they are skipped."""

    settings: Settings
    store: ArchiveStore
    topics: Topics
    skip_lost: bool
    stop: StopSignal


def archive(names: Sequence[str], check: bool, skip_lost: bool, as_json: bool) -> None:
    """Copies what the topics hold beyond their archive, or checks the archive."""
    settings = load_settings()
    url = _address(settings)
    sources = _chosen(load(settings.specs).sources, names)
    expect_broker(settings)
    store = archive_store(url, settings)
    with stop_on_signals() as stop:
        mode = RunMode(bounded=True, checkpointed=False, stopping=stop.is_set, now=now_ms)
        topics = live_topics(settings, mode)
        if check:
            report_problems(store, topics, sources, as_json)
            return
        written, failures = _copied(_Work(settings, store, topics, skip_lost, stop), sources)
    _print_result(store, written, as_json)
    if failures:
        for failure in failures[1:]:
            say(str(failure))
        raise failures[0]
    if stop.is_set():
        err.print("stopped early; the next `headrace archive` continues where the archive ends")
        raise typer.Exit(1)


def _address(settings: Settings) -> str:
    if settings.archive is None:
        raise InvalidArgument("HEADRACE_ARCHIVE: not set; expected a folder or a URL such as s3://bucket/path")
    return settings.archive


def _chosen(sources: Mapping[str, Source], names: Sequence[str]) -> list[Source]:
    for name in names:
        if name not in sources:
            hint = did_you_mean(name, sources) or "run headrace validate"
            raise InvalidArgument(f"--source {name}: unknown source; hint: {hint}")
    return [source for name, source in sorted(sources.items()) if not names or name in names]


def _copied(work: _Work, sources: Sequence[Source]) -> tuple[list[Archived], list[HeadraceError]]:
    """Archives the sources one by one; a failure does not affect the others."""
    written, failures = [Archived(source.name) for source in sources], list[HeadraceError]()
    for source, archived in zip(sources, written, strict=True):
        try:
            if not work.stop.is_set():
                _copy(work, source, archived)
        except HeadraceError as failure:
            failures.append(failure)
            archived.failed = True
    return written, failures


def _copy(work: _Work, source: Source, written: Archived) -> None:
    progress = _SourceProgress(source.name)
    copying = CopyOptions(
        work.store,
        stopping=work.stop.is_set,
        whole=written.add,
        copied=progress.advance,
        lost=(lambda gap: err.print(f"skipped: {gap}", soft_wrap=True)) if work.skip_lost else None,
        types=event_types(work.settings, source),
        now=now_ms,
    )
    with progress.progress_bar():
        TopicArchiver(source.topic, copying).copy(lambda: held_topic(work.topics, source.topic))


class _SourceProgress:
    """A bar that moves by publish time, because no broker knows the number of messages of a topic."""

    def __init__(self, name: str) -> None:
        self._name, self._read, self._end_ms = name, ReadPosition(), now_ms()
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self._task = self._progress.add_task(f"archiving {name}", total=1.0)

    def progress_bar(self) -> Progress:
        """Shows the bar inside the block."""
        return self._progress

    def advance(self, batch: RawBatch) -> None:
        """Records a batch."""
        if batch.payloads:
            self._read.advance(batch)
        share, rows = self._read.share(self._end_ms), self._read.rows
        self._progress.update(self._task, completed=share, description=f"archiving {self._name}  {rows:,} events")


def _print_result(store: ArchiveStore, written: Sequence[Archived], as_json: bool) -> None:
    if as_json:
        by_source = {
            archived.source: {"events": archived.events, "files": archived.files, "failed": archived.failed}
            for archived in written
        }
        typer.echo(json.dumps({"archive": store.place, "sources": by_source}))
        return
    for line in _lines(store, written):
        out.print(line, soft_wrap=True)


def _lines(store: ArchiveStore, written: Sequence[Archived]) -> Iterator[str]:
    for archived in written:
        files = "1 file" if archived.files == 1 else f"{archived.files:,} files"
        facts = (
            f"archived {archived.events:,} events in {files} under {store.place}"
            if archived.files
            else "nothing new to archive"
        )
        yield (
            f"{archived.source}: failed after {archived.events:,} events"
            if archived.failed
            else f"{archived.source}: {facts}"
        )
