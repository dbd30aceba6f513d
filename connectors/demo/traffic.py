"""Generates demo events: an endless, seeded, rate-controlled stream of a shop's orders and logins, faults included.

    for topic, messages in stream(Traffic(rate=500), clock=now_ms, sleep=time.sleep):
        publish(topic, messages.keys, messages.payloads)

The same seed and clock give the same bytes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address

import msgspec
import numpy as np

from connectors.demo.faults import FAULTS, MINUTE_MS, Faults, PriceFault
from connectors.demo.past_times import leading_to
from connectors.demo.shop import (
    CATEGORIES,
    COUNTRIES,
    DEVICES,
    GUEST,
    Ints,
    OrderType,
    Rows,
    RunningShop,
    Shop,
    over_days,
)
from connectors.messages import Outgoing

TICK_S = 0.1
MOST_AT_ONCE = 1_000  # events per batch; at most half the open sessions, so that these advance between batches
NO_TIME = (b'"timestamp":null}', b'"timestamp":"yesterday"}', b'"time":0}')

Messages = tuple[str, Outgoing]  # topic, messages for it


@dataclass(frozen=True, slots=True)
class Traffic:
    """`rate` in events a second; the `history_ms` before the start are filled with `history_events` first.

    The history is spread evenly over all days, or with `at_rate` rises to the rate at the end. An `incident` counts
    from the start of the live events.
    """

    rate: float = 500.0
    seed: int = 1
    history_ms: int = 0
    history_events: int = 200_000
    at_rate: bool = False
    shop: Shop = field(default_factory=Shop)
    faults: Faults = field(default_factory=Faults)
    incident: PriceFault | None = None
    order_topic: str = "persistent://public/default/raw-order-events"
    login_topic: str = "persistent://public/default/raw-login-events"


class Order(msgspec.Struct):
    """An order event as sent."""

    event_type: str
    user_id: str | None
    item_id: str
    category: str
    quantity: int
    amount: float
    country: str
    timestamp: int


class Login(msgspec.Struct):
    """A login event as sent."""

    event_type: str
    user_id: str
    device: str
    ip: str
    country: str
    timestamp: int


def never() -> bool:
    """Never stops."""
    return False


def stream(
    traffic: Traffic,
    clock: Callable[[], int],
    sleep: Callable[[float], None],
    stopping: Callable[[], bool] = never,
) -> Iterator[Messages]:
    """Yields batches until `stopping`: the history first, as fast as it is taken, then `rate` events a second.

    `clock` gives ms, `sleep` takes seconds.
    """
    generator = Generator(traffic)
    for messages in generator.history(clock()):
        if stopping():
            return
        yield messages
    yield from generator.live(clock, sleep, stopping)


class Generator:
    """Generates the events of one run on demand. Holds the random state: one caller, one order of calls."""

    def __init__(self, traffic: Traffic) -> None:
        self.go_on_as(traffic)
        self._rng = np.random.default_rng(traffic.seed)
        self._trade = RunningShop(traffic.shop, self._rng)
        self._items = [f"i{number}" for number in range(traffic.shop.items)]
        self._at_once = min(MOST_AT_ONCE, max(1, traffic.shop.open_sessions // 2))
        self._wrong = range(0)  # event times of orders with wrong prices
        self._categories = [CATEGORIES[number] for number in self._trade.category.tolist()]

    def go_on_as(self, traffic: Traffic) -> None:
        """Continues the same shop and visitors at another rate, with other faults or an incident."""
        self.traffic = traffic
        self._fault_edges = np.cumsum([getattr(traffic.faults, name) for name in FAULTS])

    def history(self, now_ms: int) -> Iterator[Messages]:
        """Yields the past `history_ms`, up to `now_ms`, in order of time."""
        if self.traffic.history_ms > 0:
            yield from self._in_batches(self._past(now_ms - self.traffic.history_ms, now_ms))

    def _past(self, start_ms: int, end_ms: int) -> Ints:
        events = self.traffic.history_events
        if self.traffic.at_rate:
            return leading_to(self.traffic.rate, events, start_ms, end_ms, self._rng)
        return over_days(events, start_ms, end_ms, self._rng)

    def live(
        self, clock: Callable[[], int], sleep: Callable[[float], None], stopping: Callable[[], bool]
    ) -> Iterator[Messages]:
        """Yields `rate` events a second from now on.

        A caller that was delayed by more than a second (a closed laptop, a slow broker) does not catch up.
        """
        then, owed = clock(), 0.0
        if wrong := self.traffic.incident:
            self._wrong = range(then + wrong.after_ms, then + wrong.after_ms + wrong.length_ms)
        while not stopping():
            sleep(TICK_S)
            now = clock()
            owed += self.traffic.rate * min(now - then, 1000) / 1000
            due = int(owed)
            owed -= due
            yield from self.between(then, now, due)
            then = now

    def between(self, start_ms: int, end_ms: int, count: int) -> Iterator[Messages]:
        """Yields `count` events spread over [start, end)."""
        yield from self._in_batches(np.sort(self._rng.integers(start_ms, max(end_ms, start_ms + 1), size=count)))

    def _in_batches(self, times: Ints) -> Iterator[Messages]:
        for first in range(0, len(times), self._at_once):
            yield from self._messages(times[first : first + self._at_once])

    def _messages(self, times: Ints) -> Iterator[Messages]:
        orders, logins = self._trade.rows(times)
        self._misprice(orders)
        for topic, rows, encode in (
            (self.traffic.order_topic, orders, self._encode_orders),
            (self.traffic.login_topic, logins, self._encode_logins),
        ):
            if len(rows):
                faults = self._faults(len(rows))
                self._misdate(rows, faults)
                yield topic, self._spoil(encode(rows), faults)

    def _misprice(self, orders: Rows) -> None:
        if not self._wrong or self.traffic.incident is None:
            return
        hit = (orders["time"] >= self._wrong.start) & (orders["time"] < self._wrong.stop)
        hit &= orders["country"] == COUNTRIES.index(self.traffic.incident.country)
        orders["amount"][hit] *= self.traffic.incident.factor

    def _faults(self, count: int) -> dict[str, list[int]]:
        """Draws the rows of each fault; a row has at most one."""
        drawn = np.searchsorted(self._fault_edges, self._rng.random(count), side="right")
        faulty = np.flatnonzero(drawn < len(FAULTS)).tolist()
        return {name: [row for row in faulty if drawn[row] == number] for number, name in enumerate(FAULTS)}

    def _misdate(self, rows: Rows, faults: dict[str, list[int]]) -> None:
        """Delays some events by minutes or hours, and sets some clocks ahead."""
        late, future = faults["late"], faults["future"]
        delay = np.clip(self._rng.lognormal(np.log(10.0), 1.2, len(late)), 2.0, 720.0)
        rows["time"][late] -= (delay * MINUTE_MS).astype(np.int64)
        rows["time"][future] += self._rng.integers(10 * MINUTE_MS, 1440 * MINUTE_MS, size=len(future))

    def _encode_orders(self, rows: Rows) -> Outgoing:
        types, items, categories = tuple(kind.name for kind in OrderType), self._items, self._categories
        encode = msgspec.json.Encoder().encode
        events = [
            Order(types[kind], _name(user), items[item], categories[item], quantity, paid, COUNTRIES[land], time)
            for time, kind, user, item, quantity, paid, land in rows.tolist()
        ]
        return Outgoing([event.user_id or event.item_id for event in events], [encode(e) for e in events])

    def _encode_logins(self, rows: Rows) -> Outgoing:
        types, encode = ("login_failed", "login_success"), msgspec.json.Encoder().encode
        events = [
            Login(types[good], f"u{user}", DEVICES[device], str(IPv4Address(ip)), COUNTRIES[land], time)
            for time, good, user, device, ip, land in rows.tolist()
        ]
        return Outgoing([event.user_id for event in events], [encode(event) for event in events])

    def _spoil(self, sent: Outgoing, faults: dict[str, list[int]]) -> Outgoing:
        """Breaks some payloads and sends some messages twice."""
        keys, payloads = sent.keys, sent.payloads
        for fault, breaks in (("cut", self._cut), ("wrong_type", _mistyped), ("no_time", self._undated)):
            for row in faults[fault]:
                payloads[row] = breaks(payloads[row])
        again = faults["duplicate"]
        return Outgoing(keys + [keys[row] for row in again], payloads + [payloads[row] for row in again])

    def _cut(self, payload: bytes) -> bytes:
        return payload[: int(self._rng.integers(1, len(payload)))]

    def _undated(self, payload: bytes) -> bytes:
        head, _, _ = payload.rpartition(b'"timestamp"')
        return head + NO_TIME[int(self._rng.integers(len(NO_TIME)))]


def _mistyped(payload: bytes) -> bytes:
    """Gives the user or the amount another type than declared."""
    if b'"amount":' in payload:
        return payload.replace(b'"amount":', b'"amount":"EUR ').replace(b',"country"', b'","country"')
    return payload.replace(b'"user_id":"u', b'"user_id":["').replace(b'","device"', b'"],"device"')


def _name(user: int) -> str | None:
    return None if user == GUEST else f"u{user}"
