"""The demo shop and its traffic."""

from connectors.demo.past import fill_past, is_fresh
from connectors.demo.traffic import Faults, Generator, Incident, Traffic, stream

__all__ = ["Faults", "Generator", "Incident", "Traffic", "fill_past", "is_fresh", "stream"]
