"""What definitions cost: processor, state and Redis, measured on made-up events."""

from governance.changes.costs.driven_graph import DrivenGraph
from governance.changes.costs.measurement import CostMeasurement

__all__ = ["CostMeasurement", "DrivenGraph"]
