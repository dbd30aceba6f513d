"""The demo shop and its traffic."""

from connectors.demo.shop import Shop, busiest
from connectors.demo.traffic import Faults, Generator, PriceFault, Traffic, stream

__all__ = ["Faults", "Generator", "PriceFault", "Shop", "Traffic", "busiest", "stream"]
