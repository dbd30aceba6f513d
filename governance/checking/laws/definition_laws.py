"""Laws of a definition about its own values: its expressions can be computed, and its rules can hold."""

from collections.abc import Iterator

from dataflows.definitions import Monotonic, NotNull
from dataflows.rows import FeatureRows, RowValidator, words_of
from governance.checking.laws.engine import FeatureEngine
from governance.checking.laws.example import FuzzExample
from governance.checking.laws.law import BrokenLaw, reach_ms

_OF_DEFINITION = (NotNull, Monotonic)
"""Rules that hold by the definition of a value; the others judge incoming data."""


class ComputesLaw:
    """Requires that no valid event makes an expression fail: by division by zero, a cast, an overflow."""

    says = "every expression can be computed"

    def applies(self, engine: FeatureEngine) -> bool:
        """Applies always."""
        return True

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """Looks for a value that is null because it could not be computed."""
        failed = next(iter(engine.failures(example.in_time)), None)
        if failed is None:
            rows = engine.live(example.one_by_one(), _end(engine, example), through=True).rows
            failed = next(
                (failure for emitted in rows for failure in emitted.nulled if failure.feature == _name(engine)), None
            )
        if failed is None:
            return None
        value = engine.live(example.together(example.in_time), example.at).value
        return BrokenLaw(example.in_time, example.at, value, f"{failed.feature} is null by {failed.why}")


class RulesLaw:
    """Requires that `not_null` and `monotonic` hold while events arrive and leave."""

    says = "rules on nulls and direction hold while events come and leave"

    def applies(self, engine: FeatureEngine) -> bool:
        """Applies if the feature has such a rule."""
        return any(isinstance(rule, _OF_DEFINITION) for rule in engine.feature.validation_rules)

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """Looks for a row that breaks a rule."""
        validate = RowValidator(engine.needed, None)
        for rows in engine.live(example.one_by_one(), _end(engine, example), through=True).rows:
            for rule, time_ms, value in _violations(engine, validate, rows):
                events = tuple(event for event in example.in_time if event.time_ms < time_ms)
                return BrokenLaw(events, time_ms, value, f"{value!r} violates {rule}")
        return None


def _violations(engine: FeatureEngine, validate: RowValidator, rows: FeatureRows) -> Iterator[tuple[str, int, object]]:
    """Yields the rules that rows of the entity break, with the time (ms) and the value."""
    broken = validate(rows).broken.get(_name(engine), ())
    for rule, violating in zip(engine.feature.validation_rules, broken, strict=False):
        if isinstance(rule, _OF_DEFINITION):
            for row in violating.tolist():
                yield words_of(rule), int(rows.frame["_as_of"][row]), rows.frame[_name(engine)][row]


def _end(engine: FeatureEngine, example: FuzzExample) -> int:
    """Returns when all windows have passed."""
    return example.at + (reach_ms(engine) or 0) + 1


def _name(engine: FeatureEngine) -> str:
    return engine.feature.feature_name
