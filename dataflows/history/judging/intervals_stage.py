"""Defines the stage that judges intervals; it is complete when the last one is judged."""

from collections.abc import Callable

from bytewax.dataflow import Dataflow

from dataflows.history.judging.judged_until import all_judged, judged_until
from dataflows.history.ledger import Ledger
from dataflows.history.stages import Stage
from reports.moments import minute


def intervals_stage(name: str, flow: Callable[[], Dataflow], ledger: Ledger) -> Stage:
    """Returns a stage that continues after the intervals in its ledger."""

    def missing() -> list[str]:
        return [] if all_judged(ledger) else [f"the intervals after {minute(judged_until(ledger))} UTC"]

    return Stage(name, flow, ledger, ledger.forget_prepared, missing)
