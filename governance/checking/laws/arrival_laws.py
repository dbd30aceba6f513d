"""Laws of arrival: order, batches, and live or historical processing make no difference."""

from governance.checking.laws.engine import FeatureEngine
from governance.checking.laws.example import FuzzExample
from governance.checking.laws.law import BrokenLaw, compared


class OrderLaw:
    """Requires the same value for events in another order of arrival, however late."""

    says = "the order of arrival makes no difference"

    def applies(self, engine: FeatureEngine) -> bool:
        """Applies always: first, last and last_k order events of one time by their values."""
        return True

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """Compares two orders of arrival."""
        expected = engine.live(example.together(example.in_time), example.at).value
        actual = engine.live(example.cut(example.arrived), example.at).value
        return compared(expected, actual, engine, example.arrived, example.at, "in this order of arrival")


class BatchesLaw:
    """Requires the same value for events all at once and one by one."""

    says = "the size of batches makes no difference"

    def applies(self, engine: FeatureEngine) -> bool:
        """Applies always."""
        return True

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """Compares two batchings."""
        expected = engine.live(example.one_by_one(), example.at).value
        actual = engine.live(example.together(example.in_time), example.at).value
        return compared(expected, actual, engine, example.in_time, example.at, "all at once")


class ReplayLaw:
    """Requires that history gives the value that a live run had."""

    says = "a replay gives what a live run gave"

    def applies(self, engine: FeatureEngine) -> bool:
        """Applies always."""
        return True

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """Compares a live run with a fold of history."""
        expected = engine.live(example.cut(example.arrived), example.at).value
        actual = engine.replayed(example.arrived, example.at)
        return compared(expected, actual, engine, example.arrived, example.at, "in a replay")
