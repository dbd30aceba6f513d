"""Implements `headrace archive --check`: prints problems of the archive, and gaps to its topic."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer

from cli.terminal import out
from connectors.archive import (
    ArchiveDamaged,
    ArchiveGap,
    ArchiveProblem,
    ArchiveStore,
    TopicArchive,
    archive_of,
    joined_extents,
    not_begun,
    problems_of,
)
from connectors.pulsar import MissingTopic
from dataflows.definitions import Source
from dataflows.runtime.archived_topics import held_topic
from dataflows.runtime.topics import Topics
from reports.formats import plural


def report_problems(store: ArchiveStore, topics: Topics, sources: Sequence[Source], as_json: bool) -> None:
    """Prints problems in the archives of these sources; ends with exit code 1 if there are any."""
    archives = {source.name: archive_of(store, source.topic) for source in sources}
    wrong = {source.name: list(_problems(store, archives[source.name], topics, source)) for source in sources}
    if as_json:
        typer.echo(json.dumps(_as_dict(store, archives, wrong)))
    else:
        for line in _lines(archives, wrong):
            out.print(line, soft_wrap=True)
    if any(wrong.values()):
        raise typer.Exit(1)


def _problems(store: ArchiveStore, archive: TopicArchive, topics: Topics, source: Source) -> Iterator[ArchiveProblem]:
    wrong = list(problems_of(store, archive))
    yield from wrong
    try:
        topic = held_topic(topics, source.topic)
        joined_extents(store, archive, topic, str)
        yield from not_begun(archive, topic.extents)
    except MissingTopic:
        return  # its messages are in the archive only
    except ArchiveGap as gap:
        yield ArchiveProblem("gap", archive.folder, str(gap))
    except ArchiveDamaged as other:
        if str(other) not in {problem.text for problem in wrong}:
            yield ArchiveProblem("foreign", archive.folder, str(other))


def _as_dict(
    store: ArchiveStore, archives: Mapping[str, TopicArchive], wrong: Mapping[str, Sequence[ArchiveProblem]]
) -> dict[str, Any]:
    return {
        "archive": store.place,
        "ok": not any(wrong.values()),
        "sources": {name: _source(archives[name], wrong[name]) for name in archives},
    }


def _source(archive: TopicArchive, wrong: Sequence[ArchiveProblem]) -> dict[str, Any]:
    return {
        "files": _count(archive),
        "partitions": {
            str(number): {"first": archive.first(number), "end": archive.end(number)} for number in archive.files
        },
        "problems": [{"kind": problem.kind, "path": problem.path, "text": problem.text} for problem in wrong],
    }


def _lines(archives: Mapping[str, TopicArchive], wrong: Mapping[str, Sequence[ArchiveProblem]]) -> Iterator[str]:
    for name, archived in archives.items():
        summary = plural(len(wrong[name]), "problem") if wrong[name] else "no problems"
        yield f"{name}: {plural(_count(archived), 'file')}, {summary}"
        yield from (f"  {problem.kind}: {problem.text}" for problem in wrong[name])


def _count(archive: TopicArchive) -> int:
    return sum(map(len, archive.files.values()))
