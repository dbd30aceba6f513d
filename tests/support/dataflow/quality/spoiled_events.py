"""How events of a play can be spoiled: as a change at their producer spoils them."""

from collections.abc import Callable
from typing import Any

import numpy as np

Event = dict[str, Any]


def tripled(event: Event, _: np.random.Generator) -> Event:
    """Prices in another currency."""
    return event | {"amount": event["amount"] * 3}


def of_xx(event: Event, rng: np.random.Generator) -> Event:
    """A country that was not there before."""
    return event | {"country": "XX"} if rng.random() < 0.29 else event


def without_a_fifth(event: Event, rng: np.random.Generator) -> Event:
    """A fifth of the amounts is missing."""
    return event | {"amount": None} if rng.random() < 0.2 else event


def as_text(event: Event, _: np.random.Generator) -> Event:
    """Amounts become texts."""
    return event | {"amount": str(event["amount"])}


def off_by(ms: int, share: float = 1.0) -> Callable[[Event, np.random.Generator], Event]:
    """The clock of a producer is ahead, or with less than 0 ms behind; the events of a share of them."""

    def spoiled(event: Event, rng: np.random.Generator) -> Event:
        return event | {"timestamp": event["timestamp"] + ms} if rng.random() < share else event

    return spoiled
