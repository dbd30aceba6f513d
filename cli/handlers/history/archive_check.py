"""`headrace archive --check`: what is wrong with the archive, and where it does not meet its topic."""

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
    problems_of,
)
from connectors.pulsar import MissingTopic
from dataflows.definitions import Source
from dataflows.runtime.archived_topics import held_topic
from dataflows.runtime.topics import Topics


def report_problems(store: ArchiveStore, topics: Topics, sources: Sequence[Source], as_json: bool) -> None:
    """Prints what is wrong with the archives of some sources; exit code 1 where anything is."""
    found = {source.name: archive_of(store, source.topic) for source in sources}
    wrong = {source.name: list(_problems(store, found[source.name], topics, source)) for source in sources}
    if as_json:
        typer.echo(json.dumps(_as_dict(store, found, wrong)))
    else:
        for line in _lines(found, wrong):
            out.print(line, soft_wrap=True)
    if any(wrong.values()):
        raise typer.Exit(1)


def _problems(store: ArchiveStore, found: TopicArchive, topics: Topics, source: Source) -> Iterator[ArchiveProblem]:
    wrong = list(problems_of(store, found))
    yield from wrong
    try:
        joined_extents(store, found, held_topic(topics, source.topic), str)
    except MissingTopic:
        return  # its messages are in the archive alone
    except ArchiveGap as gap:
        yield ArchiveProblem("gap", found.folder, str(gap))
    except ArchiveDamaged as other:
        if str(other) not in {one.text for one in wrong}:
            yield ArchiveProblem("foreign", found.folder, str(other))


def _as_dict(
    store: ArchiveStore, found: Mapping[str, TopicArchive], wrong: Mapping[str, Sequence[ArchiveProblem]]
) -> dict[str, Any]:
    return {
        "archive": store.place,
        "ok": not any(wrong.values()),
        "sources": {name: _source(found[name], wrong[name]) for name in found},
    }


def _source(found: TopicArchive, wrong: Sequence[ArchiveProblem]) -> dict[str, Any]:
    return {
        "files": _count(found),
        "partitions": {str(number): {"first": found.first(number), "end": found.end(number)} for number in found.files},
        "problems": [{"kind": one.kind, "path": one.path, "text": one.text} for one in wrong],
    }


def _lines(found: Mapping[str, TopicArchive], wrong: Mapping[str, Sequence[ArchiveProblem]]) -> Iterator[str]:
    for name, archived in found.items():
        files = _count(archived)
        count = "1 file" if files == 1 else f"{files:,} files"
        yield f"{name}: {count}, {len(wrong[name])} problems" if wrong[name] else f"{name}: {count}, nothing is wrong"
        yield from (f"  {one.kind}: {one.text}" for one in wrong[name])


def _count(found: TopicArchive) -> int:
    return sum(map(len, found.files.values()))
