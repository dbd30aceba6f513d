"""Measures the cost of definitions on generated events: processor, state and Redis."""

from governance.changes.costs.driven_graph import DrivenGraph
from governance.changes.costs.measurement import CostMeasurement

__all__ = ["CostMeasurement", "DrivenGraph"]
