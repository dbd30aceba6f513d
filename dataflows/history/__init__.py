"""The same graph over the past."""

from dataflows.history.replay import bounded_flow

__all__ = ["bounded_flow"]
