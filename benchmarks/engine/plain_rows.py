"""plain_tiles with every row that Headrace emits, including those of windows that old events left between two orders.

Still less work than Headrace does: an entity without further orders is never updated.
"""

from collections.abc import Iterable

from bytewax.dataflow import Dataflow

from benchmarks.engine.plain_tiles import DAY, HOUR, MINUTE, QUARTER, ItemTiles, Order, Tiles, UserTiles, flow_of
from benchmarks.measuring.counting import FeatureRow, Rows

NEVER = 2**62


def boundary(tiles: Tiles, hop: int, window: int) -> int:
    """Returns when the oldest tile leaves the window (ms)."""
    return (min(tiles) + 1) * hop + window if tiles else NEVER


class EveryUserRow(UserTiles):
    """A user's rows, boundaries included."""

    __slots__ = ("due", "last")

    def __init__(self, resumed: "UserTiles | None") -> None:
        super().__init__(resumed)
        self.due, self.last = NEVER, -1

    def on_batch(self, values: list[list[Order]]) -> tuple[Iterable[FeatureRow], bool]:
        return every_row(self, values, MINUTE), self.RETAIN

    def boundary(self) -> int:
        return min(
            boundary(self.minute, MINUTE, HOUR),
            boundary(self.hour, HOUR, DAY),
            boundary(self.quarter, QUARTER, 7 * DAY),
            boundary(self.day, DAY, 30 * DAY),
        )


class EveryItemRow(ItemTiles):
    """An item's rows, boundaries included."""

    __slots__ = ("due", "last")

    def __init__(self, resumed: "ItemTiles | None") -> None:
        super().__init__(resumed)
        self.due, self.last = NEVER, -1

    def on_batch(self, values: list[list[Order]]) -> tuple[Iterable[FeatureRow], bool]:
        return every_row(self, values, HOUR), self.RETAIN

    def boundary(self) -> int:
        return min(boundary(self.hour, HOUR, DAY), boundary(self.quarter, QUARTER, 7 * DAY))


def every_row(tiles: EveryUserRow | EveryItemRow, values: list[list[Order]], finest: int) -> list[FeatureRow]:
    """Returns the rows of a batch; any new tile comes with a new one of the finest, which are `finest` ms long."""
    rows: list[FeatureRow] = []
    for orders in values:
        for order in orders:
            cross(tiles, order.timestamp, rows)
            tiles._add(order)
            if order.timestamp // finest != tiles.last:
                tiles.last = order.timestamp // finest
                tiles.due = tiles.boundary()
    rows.append(tiles._row())
    return rows


def cross(tiles: EveryUserRow | EveryItemRow, time: int, rows: list[FeatureRow]) -> None:
    """Adds the rows of the boundaries up to `time` (ms)."""
    while tiles.due <= time:
        tiles.newest = tiles.due - 1
        rows.append(tiles._row())
        tiles.due = tiles.boundary()


def flow(batches: Iterable[list[bytes]], users: Rows, items: Rows) -> Dataflow:
    """Builds the graph of plain_tiles with the logics above."""
    return flow_of(batches, EveryUserRow, EveryItemRow, users, items)
