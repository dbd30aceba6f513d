"""Compares values of definitions over events: the fold, then the measures of each feature."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from connectors.errors import HeadraceError
from connectors.messages import Extent
from dataflows.definitions import Definitions, Feature, durations
from dataflows.graph import used_sources
from dataflows.history import ActiveRowSelector, Extents, Job, sampled_shards
from dataflows.history.shards import layout_of
from dataflows.history.spill import newest_event, readings_of
from dataflows.kernels.offsets import ALWAYS, NEVER
from dataflows.runtime.settings import Settings
from dataflows.runtime.topics import RunMode
from governance.changes.comparison.events import EventData, UnknownData
from governance.changes.comparison.measures import measured
from governance.changes.comparison.pair_files import Pairs
from governance.changes.comparison.report import DataComparison, FeatureComparison, ReadEvents
from governance.changes.comparison.sides import ComparedFeature, JointDefinitions, joint_definitions, origin_of
from governance.changes.comparison.work import ComparisonWork
from reports.moments import instant

MOST_EVENTS = 50_000_000
"""Most events of an entity type that are folded; of more, those of a sample of its entities."""
Refused = Mapping[tuple[str, str], int]
"""Counts by source and reason."""


class NoEvents(UnknownData):
    """There are no events to compare values over."""


class ComparisonTooLarge(HeadraceError):
    """Both sides together do not fit into one pass, though each of them does."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Definitions of both sides, the compared features, and the events that both are folded over."""

    joint: JointDefinitions
    features: tuple[ComparedFeature, ...]
    notes: tuple[str, ...]
    data: EventData

    def extents(self, settings: Settings, mode: RunMode, since: int = ALWAYS) -> Extents:
        """Returns the extents of each source for values after a time (ms). Raises NoEvents, and the errors of the
        events.

        An event is published at most `max_future` before its time: earlier messages are in no window.
        """
        sources = used_sources(self.joint.definitions)
        reached = _reached(self.joint.definitions, since)
        extents = {
            source.name: self.data.extents(source, settings, mode, max(ALWAYS, reached - source.max_future_ms))
            for source in sources
        }
        if not any(_holds(extent) for parts in extents.values() for extent in parts.values()):
            topics = ", ".join(sorted({f"{origin_of(source.name)} ({source.topic})" for source in sources}))
            raise NoEvents(f"no events: {self.data.words} contains none of {topics}")
        return extents

    def work(self, job: Job, extents: Extents, asked: ActiveRowSelector) -> ComparisonWork:
        """Returns the fold of these extents."""
        return ComparisonWork(job, extents, self.joint, self.features, self.data, asked)


def comparison_of(
    features: Sequence[ComparedFeature], before: Definitions, after: Definitions, data: EventData
) -> Comparison:
    """Returns what can be compared: features whose sources have events. Raises UnknownData if there is none."""
    sources = _sources(features, before, after)
    lacking = set(data.lacks(sources))
    left_out = {
        feature.name: missing for feature in features if (missing := sorted(_read_by(feature, before, after) & lacking))
    }
    if left_out and len(left_out) == len(features):
        missing = sorted({name for names in left_out.values() for name in names})
        raise UnknownData(f"--with-data has no events of {', '.join(missing)}, which the changed features read")
    comparable = tuple(feature for feature in features if feature.name not in left_out)
    joint = joint_definitions(before, after, comparable)
    _expect_room(joint.definitions)
    notes = [f"{name} is not compared: there are no events of {', '.join(of)}" for name, of in left_out.items()]
    notes += [f"{name} is not read: no compared feature uses its events" for name in data.unasked(sources)]
    return Comparison(joint, comparable, tuple(notes), data)


def report_of(comparison: Comparison, work: ComparisonWork, refused: Refused) -> DataComparison:
    """Measures the results of the fold. Raises NoEvents."""
    job, asked = work.job, work.asked
    newest = newest_event(job.events)
    if newest is None or newest < asked.since:
        raise NoEvents(f"no events: {_none_in_range(comparison.data.words, newest, asked)}{_why(refused)}")
    shards = sampled_shards(job, comparison.joint.definitions, asked.most_events)
    return DataComparison(
        data=comparison.data.words,
        interval_ms=asked.interval_ms,
        until_ms=asked.until if asked.until != NEVER else newest + 1,
        sources=tuple(_read(job, comparison.joint.definitions, refused)),
        features=tuple(_features(comparison, job)),
        sampled=len(shards) / job.shards,
        notes=comparison.notes,
    )


def _expect_room(joint: Definitions) -> None:
    """Raises ComparisonTooLarge if a tile cannot hold the features of both sides."""
    for entity_id in joint.entity_ids:
        try:
            layout_of(joint, entity_id, 0)
        except ValueError as error:
            problem = str(error).partition("; hint")[0]
            raise ComparisonTooLarge(
                f"both versions together exceed the limits of one pass: {problem}; change fewer features at once"
            ) from error


def _features(comparison: Comparison, job: Job) -> Iterator[FeatureComparison]:
    pairs = {entity_id: Pairs(job.active(entity_id)) for entity_id in comparison.joint.definitions.entity_ids}
    sizes = {entity_id: (own.rows(), own.entities()) for entity_id, own in pairs.items()}
    for feature in comparison.features:
        measures = measured(pairs[feature.after.entity_id], feature, *sizes[feature.after.entity_id])
        yield msgspec.structs.replace(measures, notes=(*measures.notes, *_short(feature, comparison)))


def _short(feature: ComparedFeature, comparison: Comparison) -> Iterator[str]:
    """Yields notes on events that begin later than the window does."""
    length_ms = comparison.data.length_ms
    windows = [folded.window_ms for folded in _folded(feature.after, comparison.joint.after.features)]
    if length_ms is not None and 0 in windows:
        yield f"it counts from the start of {comparison.data.words}, not over its whole lifetime"
    elif length_ms is not None and max(windows) > length_ms:
        longest = durations.format(max(windows))
        yield f"its window of {longest} is longer than the events: values include {comparison.data.words} only"


def _read(job: Job, definitions: Definitions, refused: Refused) -> Iterator[ReadEvents]:
    readings = readings_of(job.spill.ledger)
    for source in used_sources(definitions):
        events = sum(reading.rows for place, reading in readings.items() if place.partition("/")[0] == source.name)
        own = {reason: count for (name, reason), count in sorted(refused.items()) if name == source.name}
        yield ReadEvents(source=source.name, events=events, refused=own)


def _reached(definitions: Definitions, since: int) -> int:
    """Returns the time (ms) of the oldest events that a value after `since` can see, through all features."""
    folded = [feature for feature in definitions.features if feature.expression is None]
    if since == ALWAYS or any(feature.window_ms == 0 for feature in folded):
        return ALWAYS
    return since - max(feature.window_ms + feature.hop_ms for feature in folded)


def _holds(extent: Extent) -> bool:
    return extent.first != extent.end


def _none_in_range(words: str, newest: int | None, asked: ActiveRowSelector) -> str:
    if newest is not None:
        return f"the newest event of {words} is from {instant(newest)}, before --from {instant(asked.since)}"
    if asked.until != NEVER:
        return f"{words} contains none before --to {instant(asked.until)}"
    return f"{words} contains no valid events"


def _why(refused: Refused) -> str:
    counted = ", ".join(f"{count:,} {reason} of {origin_of(name)}" for (name, reason), count in sorted(refused.items()))
    return f"; refused: {counted}" if counted else ""


def _sources(features: Iterable[ComparedFeature], before: Definitions, after: Definitions) -> set[str]:
    return {name for feature in features for name in _read_by(feature, before, after)}


def _read_by(feature: ComparedFeature, before: Definitions, after: Definitions) -> set[str]:
    """Returns the sources that a feature depends on, on either side."""
    old = before.sources_of(feature.name) if feature.before is not None else ()
    return {*old, *after.sources_of(feature.name)}


def _folded(feature: Feature, known: Iterable[Feature]) -> list[Feature]:
    """Returns the features that fold events for this one."""
    if feature.expression is None:
        return [feature]
    by_name = {candidate.feature_name: candidate for candidate in known}
    return [folded for name in feature.reads for folded in _folded(by_name[name], known)]
