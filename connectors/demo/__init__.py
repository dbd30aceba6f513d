"""The demo shop and its traffic."""

from connectors.demo.traffic import Generator, Traffic, stream

__all__ = ["Generator", "Traffic", "stream"]
