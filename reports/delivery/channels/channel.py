"""Defines a channel: it sends alerts of one group and returns an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reports.records import Alert


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The result of a delivery: a `refused` message would be refused again, all others may be retried after
    `retry_after_ms`."""

    delivered: bool
    refused: bool = False
    why: str = ""
    retry_after_ms: int = 0


class Channel(Protocol):
    """A place where people or programs receive alerts."""

    @property
    def at_once(self) -> int:
        """Returns how many alerts of a group are sent together."""

    @property
    def renew_ms(self) -> int:
        """Returns after how long (ms) a firing alert is sent again; 0 if once is enough."""

    @property
    def needs_begin(self) -> bool:
        """Returns whether the receiver ignores the end of an alert whose beginning it did not get."""

    def tell(self, alerts: Sequence[Alert], now_ms: int) -> DeliveryResult:
        """Sends alerts once; blocks for a few seconds at most, and raises no network errors."""
