"""W12 in Bytewax's built-in sliding windows: one step for each (entity, window, hop).

Emits a row when a window closes. Each step folds all features of its window at once, the most favourable way to write
it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.operators import KeyedStream
from bytewax.operators.windowing import EventClock, SlidingWindower, fold_window
from bytewax.testing import TestingSource

from benchmarks.engine.plain_tiles import Order, decode
from benchmarks.measuring.counting import FeatureRow, Rows

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Partial = list[float]
Fold = Callable[[Partial, Order], Partial]


@dataclass(frozen=True)
class Step:
    """One sliding window of one entity type and the partials it folds, which start as `empty`."""

    entity: str
    window: timedelta
    hop: timedelta
    empty: tuple[float, ...]
    fold: Fold


def moment(order: Order) -> datetime:
    return EPOCH + timedelta(milliseconds=order.timestamp)


def orders(partials: Partial, order: Order) -> Partial:
    partials[0] += 1
    return partials


def orders_and_spend(partials: Partial, order: Order) -> Partial:
    partials[0] += 1
    if order.event_type == "payment_success":
        partials[1] += order.amount
    return partials


def payments_and_refunds(partials: Partial, order: Order) -> Partial:
    if order.event_type == "payment_success":
        partials[0] += 1
        partials[1] += order.amount
        partials[2] = max(partials[2], order.amount)
    else:
        partials[3] += 1
    return partials


def spread_and_quantity(partials: Partial, order: Order) -> Partial:
    partials[3] += order.quantity
    if order.event_type == "payment_success":
        partials[0] += 1
        away = order.amount - partials[1]
        partials[1] += away / partials[0]
        partials[2] += away * (order.amount - partials[1])
    return partials


def quantity_and_revenue(partials: Partial, order: Order) -> Partial:
    partials[0] += order.quantity
    partials[1] += order.amount
    return partials


def quantity_and_largest(partials: Partial, order: Order) -> Partial:
    partials[0] += order.quantity
    partials[1] = max(partials[1], order.quantity)
    return partials


NONE = float("-inf")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = (
    Step("user", HOUR, timedelta(minutes=1), (0,), orders),
    Step("user", DAY, HOUR, (0, 0.0), orders_and_spend),
    Step("user", 7 * DAY, 6 * HOUR, (0, 0.0, NONE, 0), payments_and_refunds),
    Step("user", 30 * DAY, DAY, (0, 0.0, 0.0, 0), spread_and_quantity),
    Step("item", DAY, HOUR, (0, 0.0), quantity_and_revenue),
    Step("item", 7 * DAY, 6 * HOUR, (0, NONE), quantity_and_largest),
)


def entity_of(entity: str, order: Order) -> str | None:
    return order.user_id if entity == "user" else order.item_id


def keyed(entity: str, orders: list[Order]) -> list[tuple[str, Order]]:
    """Returns the orders of a batch with their key; leaves out those without one."""
    pairs = [(entity_of(entity, order), order) for order in orders]
    return [(key, order) for key, order in pairs if key is not None]


def flow(batches: Iterable[list[bytes]], sink: Rows) -> Dataflow:
    """payloads -> orders -> six sliding windows -> the partials of every window that closes."""
    graph = Dataflow("builtin_windows")
    decoded = op.map("decode", op.input("orders", graph, TestingSource(batches)), decode)
    streams = {e: op.flat_map(f"by_{e}", decoded, partial(keyed, e)) for e in ("user", "item")}
    for place, step in enumerate(STEPS):
        closed = _windowed(f"{step.entity}_{place}", streams[step.entity], step)
        op.output(f"rows_{place}", closed, sink)
    return graph


def _windowed(name: str, stream: KeyedStream[Order], step: Step) -> KeyedStream[FeatureRow]:
    """Folds a stream in one sliding window, by event time as in a replay: `to_system_utc` switches timers off."""
    clock: EventClock[Order] = EventClock(moment, timedelta(0), to_system_utc=lambda _: None)
    windower = SlidingWindower(step.window, step.hop, EPOCH)
    closed = fold_window(name, stream, clock, windower, lambda: list(step.empty), step.fold, _merge)
    return op.map_value(f"{name}_row", closed.down, _row)


def _row(closed: tuple[int, Partial]) -> FeatureRow:
    return closed[0], *closed[1]


def _merge(into: Partial, other: Partial) -> Partial:
    """Fails: sliding windows never merge, but the operator requires a merger."""
    raise NotImplementedError(f"sliding windows do not merge, got {into} and {other}")
