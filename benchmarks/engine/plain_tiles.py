"""W12 as a good engineer writes it in plain Python: one stateful step per entity type, tiles in dicts.

Has the engine's semantics (window, hop, as_of of a row) for streams in order: no lateness, no boundary rows. It is the
speed to beat, not a store.
"""

from collections.abc import Callable, Iterable
from math import sqrt
from typing import Any, TypeVar

import bytewax.operators as op
import msgspec
from bytewax.dataflow import Dataflow
from bytewax.operators import KeyedStream, StatefulBatchLogic
from bytewax.testing import TestingSource

from benchmarks.measuring.counting import FeatureRow, Rows

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
QUARTER = 6 * HOUR
Tiles = dict[int, list[float]]


class Order(msgspec.Struct, gc=False):
    """One order line."""

    event_type: str
    item_id: str
    timestamp: int
    user_id: str | None = None
    quantity: int = 0
    amount: float = 0.0


DECODER = msgspec.json.Decoder(list[Order])
Grouped = tuple[str, list[Order]]


def decode(payloads: list[bytes]) -> list[Order]:
    return DECODER.decode(b"[" + b",".join(payloads) + b"]")


def by_user(orders: list[Order]) -> Iterable[Grouped]:
    """Groups the orders of a batch by user: one item per touched user crosses the exchange."""
    groups: dict[str, list[Order]] = {}
    for order in orders:
        if order.user_id is not None:
            groups.setdefault(order.user_id, []).append(order)
    return groups.items()


def by_item(orders: list[Order]) -> Iterable[Grouped]:
    groups: dict[str, list[Order]] = {}
    for order in orders:
        groups.setdefault(order.item_id, []).append(order)
    return groups.items()


def prune(tiles: Tiles, hop: int, window: int, as_of: int) -> None:
    """Drops the tiles that have left the window at `as_of` (ms)."""
    first = (as_of - window) // hop
    for tile in [tile for tile in tiles if tile < first]:
        del tiles[tile]


def copied(tiles: Tiles) -> Tiles:
    return {tile: partials.copy() for tile, partials in tiles.items()}


class UserTiles(StatefulBatchLogic[list[Order], FeatureRow, "UserTiles"]):
    """The eight features of one user."""

    __slots__ = ("day", "hour", "minute", "newest", "pruned", "quarter")

    def __init__(self, resumed: "UserTiles | None") -> None:
        self.newest: int = resumed.newest if resumed else 0
        self.pruned = 0
        self.minute: Tiles = resumed.minute if resumed else {}  # orders
        self.hour: Tiles = resumed.hour if resumed else {}  # orders, spend
        self.quarter: Tiles = resumed.quarter if resumed else {}  # payments, spend, largest, refunds
        self.day: Tiles = resumed.day if resumed else {}  # payments, mean, squares, quantity

    def on_batch(self, values: list[list[Order]]) -> tuple[Iterable[FeatureRow], bool]:
        for orders in values:
            for order in orders:
                self._add(order)
        return (self._row(),), self.RETAIN

    def _add(self, order: Order) -> None:
        time = order.timestamp
        self.newest = time if time > self.newest else self.newest  # max() costs a call an event
        if (minute := self.minute.get(time // MINUTE)) is None:
            minute = self.minute[time // MINUTE] = [0]
        if (hour := self.hour.get(time // HOUR)) is None:
            hour = self.hour[time // HOUR] = [0, 0.0]
        if (quarter := self.quarter.get(time // QUARTER)) is None:
            quarter = self.quarter[time // QUARTER] = [0, 0.0, float("-inf"), 0]
        if (day := self.day.get(time // DAY)) is None:
            day = self.day[time // DAY] = [0, 0.0, 0.0, 0]
        minute[0] += 1
        hour[0] += 1
        day[3] += order.quantity
        if order.event_type == "payment_success":
            _pay(order.amount, hour, quarter, day)
        elif order.event_type == "refund":
            quarter[3] += 1

    def _row(self) -> FeatureRow:
        as_of = self.newest + 1
        if as_of // MINUTE != self.pruned:  # every hop is whole minutes: nothing leaves between
            self._prune(as_of)
        orders_1h = sum([tile[0] for tile in self.minute.values()])
        orders_24h, spend_24h = _hours(self.hour)
        mean, largest, refunds = _quarters(self.quarter)
        std, quantity = _days(self.day)
        return as_of, orders_1h, spend_24h, orders_24h, mean, largest, refunds, std, quantity

    def _prune(self, as_of: int) -> None:
        self.pruned = as_of // MINUTE
        prune(self.minute, MINUTE, HOUR, as_of)
        prune(self.hour, HOUR, DAY, as_of)
        prune(self.quarter, QUARTER, 7 * DAY, as_of)
        prune(self.day, DAY, 30 * DAY, as_of)

    def snapshot(self) -> "UserTiles":
        copy = UserTiles(None)
        copy.newest, copy.minute, copy.hour = self.newest, copied(self.minute), copied(self.hour)
        copy.quarter, copy.day = copied(self.quarter), copied(self.day)
        return copy


def _pay(amount: float, hour: list[float], quarter: list[float], day: list[float]) -> None:
    hour[1] += amount
    quarter[0] += 1
    quarter[1] += amount
    quarter[2] = amount if amount > quarter[2] else quarter[2]
    day[0] += 1
    away = amount - day[1]
    day[1] += away / day[0]
    day[2] += away * (amount - day[1])


def _hours(tiles: Tiles) -> tuple[float, float]:
    orders, spend = 0.0, 0.0
    for tile in tiles.values():
        orders += tile[0]
        spend += tile[1]
    return orders, spend


def _quarters(tiles: Tiles) -> tuple[float | None, float | None, float]:
    payments, spend, largest, refunds = 0.0, 0.0, float("-inf"), 0.0
    for tile in tiles.values():
        payments += tile[0]
        spend += tile[1]
        refunds += tile[3]
        largest = tile[2] if tile[2] > largest else largest
    return (spend / payments, largest, refunds) if payments else (None, None, refunds)


def _days(tiles: Tiles) -> tuple[float | None, float]:
    """Returns the sample deviation of the payments (means merged by Chan's rule) and the number of pieces ordered."""
    payments, mean, squares, quantity = 0.0, 0.0, 0.0, 0.0
    for tile in tiles.values():
        quantity += tile[3]
        if tile[0]:
            both, away = payments + tile[0], tile[1] - mean
            squares += tile[2] + away * away * payments * tile[0] / both
            mean += away * tile[0] / both
            payments = both
    return sqrt(squares / (payments - 1)) if payments > 1 else None, quantity


class ItemTiles(StatefulBatchLogic[list[Order], FeatureRow, "ItemTiles"]):
    """The four features of one item."""

    __slots__ = ("hour", "newest", "pruned", "quarter")

    def __init__(self, resumed: "ItemTiles | None") -> None:
        self.newest: int = resumed.newest if resumed else 0
        self.pruned = 0
        self.hour: Tiles = resumed.hour if resumed else {}  # quantity, revenue
        self.quarter: Tiles = resumed.quarter if resumed else {}  # quantity, largest

    def on_batch(self, values: list[list[Order]]) -> tuple[Iterable[FeatureRow], bool]:
        for orders in values:
            for order in orders:
                self._add(order)
        return (self._row(),), self.RETAIN

    def _add(self, order: Order) -> None:
        time, quantity = order.timestamp, order.quantity
        self.newest = time if time > self.newest else self.newest  # max() costs a call an event
        if (hour := self.hour.get(time // HOUR)) is None:
            hour = self.hour[time // HOUR] = [0, 0.0]
        if (quarter := self.quarter.get(time // QUARTER)) is None:
            quarter = self.quarter[time // QUARTER] = [0, float("-inf")]
        hour[0] += quantity
        hour[1] += order.amount
        quarter[0] += quantity
        quarter[1] = quantity if quantity > quarter[1] else quarter[1]

    def _row(self) -> FeatureRow:
        as_of = self.newest + 1
        if as_of // MINUTE != self.pruned:
            self._prune(as_of)
        quantity_24h, revenue_24h = _hours(self.hour)
        week = self.quarter.values()
        return as_of, quantity_24h, revenue_24h, sum([t[0] for t in week]), max([t[1] for t in week], default=None)

    def _prune(self, as_of: int) -> None:
        self.pruned = as_of // MINUTE
        prune(self.hour, HOUR, DAY, as_of)
        prune(self.quarter, QUARTER, 7 * DAY, as_of)

    def snapshot(self) -> "ItemTiles":
        copy = ItemTiles(None)
        copy.newest, copy.hour, copy.quarter = self.newest, copied(self.hour), copied(self.quarter)
        return copy


Logic = TypeVar("Logic", bound=StatefulBatchLogic[list[Order], FeatureRow, Any])


def flow(batches: Iterable[list[bytes]], users: Rows, items: Rows) -> Dataflow:
    """Builds the graph: payloads -> orders -> tiles per user and per item -> rows."""
    return flow_of(batches, UserTiles, ItemTiles, users, items)


def flow_of(
    batches: Iterable[list[bytes]],
    of_user: Callable[[UserTiles | None], UserTiles],
    of_item: Callable[[ItemTiles | None], ItemTiles],
    users: Rows,
    items: Rows,
) -> Dataflow:
    """Builds the graph with the given logics."""
    graph = Dataflow("plain_tiles")
    orders = op.map("decode", op.input("orders", graph, TestingSource(batches)), decode)
    _branch("user", op.flat_map("by_user", orders, by_user), of_user, users)
    _branch("item", op.flat_map("by_item", orders, by_item), of_item, items)
    return graph


def _branch(name: str, groups: KeyedStream[list[Order]], build: Callable[[Any], Logic], sink: Rows) -> None:
    op.output(f"{name}_rows", op.stateful_batch(f"{name}_tiles", groups, build), sink)
