"""Defines the messages that monitors receive: one kind per observation of a subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from reports.alerting.arrival_gaps import Pauses
from reports.alerting.event_counts import EventCounts
from reports.alerting.event_sample import EventSample
from reports.profiling import Profile, SampleLayers

Start = int
"""Start of an interval (ms)."""


@dataclass(frozen=True, slots=True)
class RowProfiles:
    """Profiles of all entities of a worker by interval; newer ones of the same `home` replace them.

    `layers` hold the same profiles in layers of the worker's sample, in case other workers have a smaller sample.
    """

    key: str
    by_start: Mapping[Start, Profile]
    home: str = ""
    layers: Mapping[Start, SampleLayers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FailedValues:
    """Values of events that could not be computed for a feature, by reason, in an interval."""

    key: str
    start: Start
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """Events of a source, by interval.

    `pauses` are the gaps between the seconds in which events were published, `samples` are sampled events.
    """

    key: str
    by_start: Mapping[Start, EventCounts]
    pauses: Pauses = field(default_factory=dict)
    samples: Mapping[Start, EventSample] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds from publish to readable, each weighted by rows of a feature; as recorded, of an entity type."""

    key: str
    seconds: npt.NDArray[np.float64]
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MonitoringStarted:
    """A run has started at `at_ms`: the intervals of the subject continue even without events."""

    key: str
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class MonitoringPaused:
    """A run read nothing for `paused_ms` until `at_ms`, because its worker was held up."""

    key: str
    at_ms: int
    paused_ms: int


@dataclass(frozen=True, slots=True)
class IntervalEnded:
    """An interval of history has ended: it receives nothing more. The first one starts a subject."""

    key: str
    start: Start


@dataclass(frozen=True, slots=True)
class SourceTrouble:
    """A source that a feature depends on is silent, refuses events or is read late: since `onset_ms`, and still at
    `at_ms`."""

    key: str
    source: str
    onset_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class SourceCourse:
    """The arrival of a source's events, for a feature that depends on it, in the interval that ended at `at_ms`.

    `slope` describes a slow rise or fall in the number of events; `moved` whether anything else that the feature reads
    has changed lately. Values over a short window show a whole change `at_once`.
    """

    key: str
    source: str
    at_ms: int
    slope: str
    moved: bool
    at_once: bool = True


@dataclass(frozen=True, slots=True)
class EarlierState:
    """The state of one subject in earlier versions, whose step judged all subjects, as bytes."""

    key: str
    snapshot: bytes


Observation = (
    RowProfiles
    | FailedValues
    | SourceCounts
    | Latencies
    | MonitoringStarted
    | MonitoringPaused
    | IntervalEnded
    | SourceTrouble
    | SourceCourse
    | EarlierState
)
