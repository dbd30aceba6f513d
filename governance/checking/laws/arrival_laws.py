"""How events arrive makes no difference: their order, their batches, now or from history."""

from governance.checking.laws.engine import FeatureEngine
from governance.checking.laws.example import FuzzExample
from governance.checking.laws.law import BrokenLaw, compared


class OrderLaw:
    """Events that arrive in another order, however late, leave the same value."""

    says = "the order of arrival makes no difference"

    def applies(self, engine: FeatureEngine) -> bool:
        """Always: first, last and last_k order events of one time by their values."""
        return True

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """By the order of arrival."""
        expected = engine.live(example.together(example.in_time), example.at).value
        actual = engine.live(example.cut(example.arrived), example.at).value
        return compared(expected, actual, engine, example.arrived, example.at, "in this order of arrival")


class BatchesLaw:
    """Events all at once leave the same value as one by one."""

    says = "the size of batches makes no difference"

    def applies(self, engine: FeatureEngine) -> bool:
        """Always."""
        return True

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """By the batches."""
        expected = engine.live(example.one_by_one(), example.at).value
        actual = engine.live(example.together(example.in_time), example.at).value
        return compared(expected, actual, engine, example.in_time, example.at, "all at once")


class ReplayLaw:
    """History gives the value that a live run had."""

    says = "a replay gives the same values as a live run"

    def applies(self, engine: FeatureEngine) -> bool:
        """Always."""
        return True

    def broken(self, engine: FeatureEngine, example: FuzzExample) -> BrokenLaw | None:
        """By folding from history."""
        expected = engine.live(example.cut(example.arrived), example.at).value
        actual = engine.replayed(example.arrived, example.at)
        return compared(expected, actual, engine, example.arrived, example.at, "in a replay")
