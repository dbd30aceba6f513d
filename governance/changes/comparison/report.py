"""Models the result of a comparison, for the terminal, a comment and programs."""

from typing import Any, Literal

import msgspec

Status = Literal["changed", "new", "unmatched"]
"""Compared with an earlier version; new; or of another entity before."""
Shown = bool | int | float | str | list[Any] | None
"""A value as in JSON; times are ms since 1970."""


class ValueProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one side: `quantiles` of numbers by name, `frequent` texts with their counts."""

    nulls: int
    mean: float | None = None
    quantiles: dict[str, float] = {}
    frequent: tuple[tuple[str, int], ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Differences of numbers that exist on both sides; `shift` is the mean of the signed differences."""

    pairs: int
    mean: float
    p99: float
    largest: float
    shift: float


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An entity and time with a large difference."""

    entity: str
    at_ms: int
    before: Shown
    after: Shown


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """A change of values: `count` times from one to another."""

    before: str | None
    after: str | None
    count: int


class SampledHistogram(msgspec.Struct, frozen=True, kw_only=True):
    """A histogram of sampled values over common edges, and the number beyond them."""

    edges: tuple[float, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    beyond: tuple[int, int]
    sampled: int


class FeatureComparison(msgspec.Struct, frozen=True, kw_only=True):
    """One feature: `rows` are its times, over all `entities`; `equal` pairs have the same value, or none."""

    feature: str
    entity_type: str
    status: Status
    value_type: str
    rows: int
    entities: int
    after: ValueProfile
    before: ValueProfile | None = None
    type_before: str | None = None
    equal: int | None = None
    difference: Difference | None = None
    largest: tuple[Example, ...] = ()
    transitions: tuple[Transition, ...] = ()
    counted: bool = True
    bars: SampledHistogram | None = None
    notes: tuple[str, ...] = ()
    plot: str | None = None

    @property
    def share_equal(self) -> float | None:
        """Returns the share of equal pairs, from 0 to 1; None without pairs."""
        return self.equal / self.rows if self.equal is not None and self.rows else None


class ReadEvents(msgspec.Struct, frozen=True, kw_only=True):
    """The events read of a source; a source with another decoding before appears twice."""

    source: str
    events: int
    refused: dict[str, int]


class DataComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The values of both sides over the same events.

    Values are those after the last event of an entity in each interval, and at the end (`until_ms`). `sampled` is the
    share of entities that were folded, chosen by hash.
    """

    data: str
    interval_ms: int
    until_ms: int
    sources: tuple[ReadEvents, ...]
    features: tuple[FeatureComparison, ...]
    sampled: float = 1.0
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Returns it for programs."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        for feature, written in zip(self.features, fields["features"], strict=True):
            written["share_equal"] = feature.share_equal
        return fields
