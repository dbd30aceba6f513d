"""Implements `headrace new`: creates a definition and checks it with all others."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cli.handlers.authoring.author import author
from cli.terminal import err, out, where
from dataflows.definitions import load
from dataflows.runtime.settings_loader import load_settings
from governance.authoring.scaffolding import (
    NewFeatureOptions,
    NewSourceOptions,
    SampledEvents,
    new_feature,
    new_set,
    new_source,
)


def feature(
    name: str,
    owner: str | None,
    *,
    source: str | None,
    entity: str | None,
    aggregation: str,
    value: str | None,
    window: str,
) -> None:
    """Writes a feature. Raises AlreadyThere, DefinitionErrors, InvalidArgument, UnclearDefinition."""
    specs = load_settings().specs
    asked = NewFeatureOptions(
        name=name,
        owner=author(owner),
        source=source,
        entity=entity,
        aggregation=aggregation,
        value=value,
        window=window,
    )
    _written(new_feature(specs, load(specs), asked), "`headrace codeowners`, `headrace test` and `headrace plan`")


def source(name: str, topic: str | None, sample: Path, time: str | None, entities: list[str]) -> None:
    """Writes a source. Raises AlreadyThere, InvalidSample, NothingWritten, UnclearDefinition."""
    events = SampledEvents.read(sample)
    for line in _about(events, time):
        err.print(line, soft_wrap=True)
    asked = NewSourceOptions(name=name, topic=topic, time=time, entities=tuple(entities))
    _written(new_source(load_settings().specs, asked, events), f"`headrace new feature NAME --source {name}`")


def feature_set(name: str, owner: str | None, features: list[str]) -> None:
    """Writes a feature set. Raises AlreadyThere, InvalidArgument, NothingWritten, UnclearDefinition."""
    specs = load_settings().specs
    _written(new_set(specs, name, author(owner), features), "`headrace codeowners` and `headrace plan`")


def _about(events: SampledEvents, time: str | None) -> Iterator[str]:
    """Yields facts of the sample for the author."""
    if events.refused:
        more = f", and {len(events.refused) - 1:,} more lines" if events.refused[1:] else ""
        yield f"skipped: {events.refused[0]}{more}; such events become dead letters"
    for field, why in events.left_out.items():
        yield f"omitted: {field!r} ({why})"
    if time is None and len(events.times) > 1:
        first, *others = events.times
        yield f"event time: {first}; other columns for --time: {', '.join(others)}"


def _written(paths: Sequence[Path], following: str) -> None:
    """Prints the paths and the next steps."""
    for path in paths:
        out.print(where(path))
    err.print(f"next: review the file, then {following}", soft_wrap=True)
