"""Spoils events of a play as a change at their producer would."""

from collections.abc import Callable
from typing import Any

import numpy as np

Event = dict[str, Any]


def tripled(event: Event, _: np.random.Generator) -> Event:
    """Changes prices to another currency."""
    return event | {"amount": event["amount"] * 3}


def of_xx(event: Event, rng: np.random.Generator) -> Event:
    """Changes the country of some events to a new one."""
    return event | {"country": "XX"} if rng.random() < 0.29 else event


def without_a_fifth(event: Event, rng: np.random.Generator) -> Event:
    """Removes a fifth of the amounts."""
    return event | {"amount": None} if rng.random() < 0.2 else event


def as_text(event: Event, _: np.random.Generator) -> Event:
    """Turns amounts into texts."""
    return event | {"amount": str(event["amount"])}


def off_by(ms: int, share: float = 1.0) -> Callable[[Event, np.random.Generator], Event]:
    """Sets the clock of a producer ahead, or behind if negative, for a share of its events."""

    def spoiled(event: Event, rng: np.random.Generator) -> Event:
        return event | {"timestamp": event["timestamp"] + ms} if rng.random() < share else event

    return spoiled
