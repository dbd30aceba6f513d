"""Reads the events that a test is suggested from: those of an entity, in topics and archive or in files."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cli.error_reporting import InvalidArgument
from cli.terminal import err, now_ms
from cli.topics import TopicConsumer, expect_broker
from dataflows.definition_tests import with_needs
from dataflows.definitions import Definitions, Feature, Source
from dataflows.kernels.offsets import NEVER
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode, topics_of
from governance.authoring.suggestions import EntityEvents, RealEvent
from reports.formats import plural

_AT_ONCE = 10_000


def events_of(
    entity: str,
    feature: Feature,
    definitions: Definitions,
    until: int | None,
    written: Sequence[str],
    settings: Settings,
) -> list[RealEvent]:
    """Returns an entity's events before a time (ms) that a feature reads; files are `written` as FILE or SOURCE=FILE.

    Raises InvalidArgument.
    """
    sources = [definitions.sources[name] for name in definitions.sources_of(feature.feature_name)]
    files = _files(written, [source.name for source in sources])
    events = list[RealEvent]()
    for source in sources:
        own = EntityEvents(source, with_needs(feature, definitions), entity)
        for payloads in _of_file(files[source.name]) if files else _of_topic(source, settings):
            own.add(payloads, NEVER if until is None else until)
        if own.rejected:
            err.print(
                f"{source.name}: skipped {plural(own.rejected, 'message')} that a run would reject", soft_wrap=True
            )
        events += own.events
    return events


def _of_file(path: Path) -> Iterator[Sequence[bytes]]:
    payloads = list[bytes]()
    with path.open("rb") as lines:
        for line in lines:
            if line.strip():
                payloads.append(line)
            if len(payloads) == _AT_ONCE:
                yield payloads
                payloads = []
    yield payloads


def _of_topic(source: Source, settings: Settings) -> Iterator[Sequence[bytes]]:
    """Yields everything that the topic and its archive hold now."""
    expect_broker(settings)
    topics = topics_of(settings, RunMode(bounded=True, checkpointed=False, stopping=lambda: False, now=now_ms))
    consumer = TopicConsumer(topics.history(source.topic, topics.extent(source.topic)), source.topic, None)
    try:
        while not consumer.ended:
            yield consumer.read()
    finally:
        consumer.close()


def _files(written: Sequence[str], sources: Sequence[str]) -> Mapping[str, Path]:
    """Returns the file of each source; empty if topics are read."""
    pairs = [_pair(text, sources) for text in written]
    files = {name: Path(file) for name, file in pairs}
    if written and (files.keys() != {*sources} or len(pairs) != len(sources)):
        expected = " ".join(f"--events {name}=FILE" for name in sources)
        raise InvalidArgument(f"the feature reads {', '.join(sources)}; expected {expected}")
    for path in files.values():
        if not path.is_file():
            raise InvalidArgument(f"--events {path}: no such file")
    return files


def _pair(text: str, sources: Sequence[str]) -> tuple[str, str]:
    """Parses the source and the path; the source may be omitted if there is only one."""
    name, _, file = text.partition("=")
    if file and name in sources:
        return name, file
    return (sources[0] if len(sources) == 1 else "", text)
