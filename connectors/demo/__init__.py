"""The demo shop and its traffic."""

from connectors.demo.faults import Faults, PriceFault
from connectors.demo.shop import Shop, busiest
from connectors.demo.traffic import Generator, Traffic, stream

__all__ = ["Faults", "Generator", "PriceFault", "Shop", "Traffic", "busiest", "stream"]
