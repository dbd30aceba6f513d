"""What every way to tell somebody has: it takes alerts of one group and gives an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reports.records import Alert


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: `refused` is refused again, all else may be tried after `retry_after_ms`."""

    delivered: bool
    refused: bool = False
    why: str = ""
    retry_after_ms: int = 0


class Channel(Protocol):
    """One place where people or programs hear of alerts."""

    @property
    def at_once(self) -> int:
        """How many alerts of a group are told together."""

    @property
    def renew_ms(self) -> int:
        """After how long a firing alert is to be told again; 0 when once is enough."""

    def tell(self, alerts: Sequence[Alert], now_ms: int) -> Answer:
        """Tells them once; blocks for a few seconds at most, and raises nothing of the network."""
