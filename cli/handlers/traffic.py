"""Implements `headrace traffic`: sends the demo shop's events to the topics, for a while or forever."""

import math
import time
from collections.abc import Callable
from itertools import takewhile

from cli.error_reporting import InvalidArgument
from cli.shutdown import StopSignal, stop_on_signals
from cli.terminal import err, now_ms
from cli.topics import TopicPublisher, feed, open_publisher, to_sources
from connectors.demo import Generator, Traffic
from dataflows.definitions import load
from dataflows.definitions.model import durations
from dataflows.runtime.settings_loader import load_settings


def span_ms(text: str) -> int:
    """Parses a duration such as 30d, 6h or 0, to ms.

    >>> span_ms("30d"), span_ms("90s"), span_ms("0")
    (2592000000, 90000, 0)
    """
    try:
        return 0 if text == "0" else durations.parse(text)
    except ValueError as wrong:
        raise InvalidArgument(f"--history: {wrong}, or 0") from wrong


def traffic(rate: float, seed: int, seconds: float | None, history: str, history_events: int) -> None:
    """Sends a simulated shop's orders and logins to the topics of these two sources, faults included."""
    asked = Traffic(rate=rate, seed=seed, history_ms=span_ms(history), history_events=history_events)
    settings = load_settings()
    shop = to_sources(asked, load(settings.specs))
    with stop_on_signals() as stop, open_publisher(settings) as publisher, err.status("sending") as status:
        tally = SentCounter(status.update)
        _send(shop, publisher, stop, seconds, tally.add)
    err.print(f"sent {tally.total:,} events to {shop.order_topic} and {shop.login_topic}", soft_wrap=True)


class SentCounter:
    """Counts sent events and prints the count from time to time."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._shown = 0.0
        self.total = 0

    def add(self, sent: int) -> None:
        """Counts a batch."""
        self.total += sent
        if time.monotonic() - self._shown > 0.5:
            self._shown = time.monotonic()
            self._show(f"sent {self.total:,} events; Ctrl-C stops")


def _send(
    shop: Traffic, publisher: TopicPublisher, stop: StopSignal, seconds: float | None, sent: Callable[[int], None]
) -> None:
    generator = Generator(shop)
    feed(publisher, takewhile(lambda _: not stop.is_set(), generator.history(now_ms())), sent)
    end = math.inf if seconds is None else time.monotonic() + seconds
    live = generator.live(now_ms, stop.sleep, lambda: stop.is_set() or time.monotonic() >= end)
    feed(publisher, live, sent)
