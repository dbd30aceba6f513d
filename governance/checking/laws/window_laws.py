"""Laws of windows: events that left do not count, later ones are late, and duplicates count twice."""

from typing import Any

from governance.checking.laws.engine import ArrivedEvents, FeatureEngine
from governance.checking.laws.example import FuzzExample
from governance.checking.laws.law import BrokenLaw, compared, near, reach_ms

_TWICE = frozenset({"count", "sum"})
_SAME = frozenset({"mean", "min", "max", "first", "last", "distinct_count", "approx_distinct", "time_since_last"})


class LateLaw:
    """Requires that an event older than all windows changes nothing, and becomes a dead letter."""

    says = "an event older than all windows changes nothing and is a dead letter"

    def applies(self, engine: FeatureEngine) -> bool:
        """Applies if windows have an end."""
        return reach_ms(engine) is not None

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """Adds an event like the first that counts, but too old."""
        model = next((event for event in example.in_time if engine.counts(event)), None)
        if model is None:
            return None
        too_old = example.at - (reach_ms(engine) or 0) - 1
        late = engine.at(model.source, model.event, too_old)
        if too_old < 0 or not engine.counts(late):
            return None  # before 1970, or its time decides whether it counts
        on_time = example.together(example.in_time)
        before = engine.live(on_time, example.at)
        live = engine.live([*on_time, ArrivedEvents((late,), example.at)], example.at)
        events = (*example.in_time, late)
        if live.late != before.late + 1:
            return BrokenLaw(events, example.at, before.value, "the last event is late, but no dead letter")
        return compared(before.value, live.value, engine, events, example.at, "with the last event, which is late")


class DuplicatesLaw:
    """Requires that nothing is deduplicated: an event that arrives twice counts twice."""

    says = "an event that comes twice counts twice"

    def applies(self, engine: FeatureEngine) -> bool:
        """Applies if the aggregation has a known effect: a double sum, the same extremes."""
        return engine.feature.aggregation in _TWICE | _SAME

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """Sends all events twice."""
        once = engine.live(example.together(example.in_time), example.at).value
        twice = tuple(event for event in example.in_time for _ in range(2))
        actual = engine.live(example.together(twice), example.at).value
        expected = _doubled(once) if engine.feature.aggregation in _TWICE else once
        if expected is None or (actual is None and engine.feature.aggregation in _TWICE):
            return None  # no value, or more than its type can hold
        return compared(expected, actual, engine, twice, example.at, "with every event twice")


class ExpiryLaw:
    """Requires the value of no events after all windows."""

    says = "after its window a value is that of no events"

    def applies(self, engine: FeatureEngine) -> bool:
        """Applies if windows have an end."""
        return reach_ms(engine) is not None

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """Looks at the value when all windows have passed."""
        end = max(event.time_ms for event in example.events) + (reach_ms(engine) or 0) + 1
        live = engine.live(example.together(example.in_time), end, through=True)
        values = [live.value, *_last_of_rows(engine, live.rows)]
        wrong = next((value for value in values if not near(engine.empty, value, engine, example.events)), _NONE)
        if wrong is _NONE:
            return None
        return BrokenLaw(example.in_time, end, engine.empty, f"after the window: {wrong!r} instead of {engine.empty!r}")


_NONE = object()


def _last_of_rows(engine: FeatureEngine, rows: Any) -> list[Any]:
    """Returns the value of the last row, unless the entity is gone."""
    if not rows:
        return []
    last = rows[-1].frame.tail(1)
    return [] if last["_gone"][0] else last[engine.feature.feature_name].to_list()


def _doubled(value: Any) -> Any:
    return None if value is None else 2 * value
