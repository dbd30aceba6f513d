"""What a comparison found: the same for the terminal, a comment and programs."""

from typing import Any, Literal

import msgspec

Status = Literal["changed", "new", "unmatched"]
"""Compared with before; there was none of the name; its entity was another one."""
Shown = bool | int | float | str | list[Any] | None
"""A value as JSON has it; times are ms since 1970."""


class ValueProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one side: `quantiles` of numbers by name, `frequent` texts with how many there are."""

    nulls: int
    mean: float | None = None
    quantiles: dict[str, float] = {}
    frequent: tuple[tuple[str, int], ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How far numbers lie apart where both are there; `shift` is the mean of the differences with their sign."""

    pairs: int
    mean: float
    p99: float
    largest: float
    shift: float


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An entity whose values lie far apart, where they do most."""

    entity: str
    at_ms: int
    before: Shown
    after: Shown


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """What became of values: so many times this of that."""

    before: str | None
    after: str | None
    count: int


class Bars(msgspec.Struct, frozen=True, kw_only=True):
    """How the values of a sample are spread between common edges, and how many lie beyond them."""

    edges: tuple[float, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    beyond: tuple[int, int]
    sampled: int


class FeatureComparison(msgspec.Struct, frozen=True, kw_only=True):
    """One feature: `rows` are its moments, over so many entities; `equal` pairs have the same value, or none."""

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
    bars: Bars | None = None
    notes: tuple[str, ...] = ()
    plot: str | None = None

    @property
    def share_equal(self) -> float | None:
        """Between 0 and 1; None without pairs."""
        return self.equal / self.rows if self.equal is not None and self.rows else None


class ReadEvents(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a source; a source that is decoded otherwise before is there twice."""

    source: str
    events: int
    refused: dict[str, int]


class DataComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The values of both sides over the same events.

    Values are those after the last event of an entity in each interval, and at the end (`until_ms`). `sampled` is the
    share of all entities that were folded, chosen by hash.
    """

    data: str
    interval_ms: int
    until_ms: int
    sources: tuple[ReadEvents, ...]
    features: tuple[FeatureComparison, ...]
    sampled: float = 1.0
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        for feature, written in zip(self.features, fields["features"], strict=True):
            written["share_equal"] = feature.share_equal
        return fields
