"""Checks names, topics and entities across files."""

from collections.abc import Iterable, Sequence
from typing import Any

from dataflows.definitions.checks.features.versions import check_versions
from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.model.durations import format
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.source import SourceSpec
from dataflows.definitions.reading.folder import ParsedDefinitions
from dataflows.definitions.reading.parser import ParsedFile
from dataflows.kernels.offsets import MOST_TABLES

SourceFiles = Sequence[ParsedFile[SourceSpec]]
FeatureFiles = Sequence[ParsedFile[FeatureSpec]]


def check_project(parsed: ParsedDefinitions, errors: list[DefinitionError], *, whole: bool = True) -> None:
    """Reports names and topics that several files share, and too many hops for an entity.

    A part of a folder (not `whole`) need not contain the promoted version of a candidate.
    """
    sources, features = parsed.sources.whole, parsed.features.whole
    _check_once(sources, "source", "a source name once", errors)
    _check_once(sources, "topic", "a raw topic in one source", errors)
    check_versions(parsed.features, errors, whole=whole)
    _check_once(parsed.sets.whole, "set_name", "a set name once", errors)
    _check_topics(sources, features, errors)
    _check_hops(features, errors)


def _check_once(files: Iterable[ParsedFile[Any]], key: str, expected: str, errors: list[DefinitionError]) -> None:
    first: dict[str, ParsedFile[Any]] = {}
    for file in files:
        other = first.setdefault(getattr(file.spec, key), file)
        if other is not file:
            hint = f"{other.file}:{other.document.line((key,))} has it already"
            errors.append(file.error((key,), expected, hint))


def _check_topics(sources: SourceFiles, features: FeatureFiles, errors: list[DefinitionError]) -> None:
    raw = {source.spec.topic: source.spec.source for source in sources}
    first: dict[str, FeatureSpec] = {}
    for feature in features:
        topic, entity_id = feature.spec.topic_name, feature.spec.entity_id
        if topic in raw:
            hint = f"it is the raw topic of {raw[topic]}"
            errors.append(feature.error(("topic_name",), "a topic of its own", hint))
        other = first.setdefault(topic, feature.spec)
        if other.entity_id != entity_id:
            hint = f"{other.name} of {other.entity_id} has it"
            errors.append(feature.error(("topic_name",), f"a topic of {entity_id} alone", hint))


def _check_hops(features: FeatureFiles, errors: list[DefinitionError]) -> None:
    """Reports an entity with more hops than a shard has room for: one table of tiles each."""
    by_entity: dict[str, set[int]] = {}
    for feature in (feature for feature in features if feature.spec.window is not None):
        entity_id, hop = feature.spec.entity_id, feature.spec.hop_ms
        hops = by_entity.setdefault(entity_id, set())
        if len(hops) == MOST_TABLES and hop not in hops:
            key = "window" if feature.spec.hop is None else "hop"
            expected = f"at most {MOST_TABLES} different hops among the features of {entity_id}"
            hint = f"give it a hop that another has, such as {format(max(hops))}"
            errors.append(feature.error((key,), expected, hint))
        else:
            hops.add(hop)
