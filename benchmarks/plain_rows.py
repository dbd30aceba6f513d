"""plain_tiles with every row that Headrace leaves: also those of windows that old events left between two orders.

Still less work than Headrace does: an entity that has no further order stays as it is.
"""

from collections.abc import Iterable

from bytewax.dataflow import Dataflow

from benchmarks.counting import FeatureRow, Rows
from benchmarks.plain_tiles import DAY, HOUR, MINUTE, QUARTER, ItemTiles, Order, Tiles, UserTiles, flow_of

NEVER = 2**62


def boundary(tiles: Tiles, hop: int, window: int) -> int:
    """When the oldest tile leaves the window (ms)."""
    return (min(tiles) + 1) * hop + window if tiles else NEVER


class EveryUserRow(UserTiles):
    """A user's rows, boundaries included."""

    __slots__ = ("due", "last")

    def __init__(self, resumed: "UserTiles | None") -> None:
        super().__init__(resumed)
        self.due, self.last = NEVER, -1

    def on_batch(self, values: list[list[Order]]) -> tuple[Iterable[FeatureRow], bool]:
        rows: list[FeatureRow] = []
        for orders in values:
            for order in orders:
                self._cross(order.timestamp, rows)
                self._add(order)
                if order.timestamp // MINUTE != self.last:  # any new tile comes with a new minute
                    self.last = order.timestamp // MINUTE
                    self.due = self._boundary()
        rows.append(self._row())
        return rows, self.RETAIN

    def _cross(self, time: int, rows: list[FeatureRow]) -> None:
        while self.due <= time:
            self.newest = self.due - 1
            rows.append(self._row())
            self.due = self._boundary()

    def _boundary(self) -> int:
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
        rows: list[FeatureRow] = []
        for orders in values:
            for order in orders:
                self._cross(order.timestamp, rows)
                self._add(order)
                if order.timestamp // HOUR != self.last:
                    self.last = order.timestamp // HOUR
                    self.due = self._boundary()
        rows.append(self._row())
        return rows, self.RETAIN

    def _cross(self, time: int, rows: list[FeatureRow]) -> None:
        while self.due <= time:
            self.newest = self.due - 1
            rows.append(self._row())
            self.due = self._boundary()

    def _boundary(self) -> int:
        return min(boundary(self.hour, HOUR, DAY), boundary(self.quarter, QUARTER, 7 * DAY))


def flow(batches: Iterable[list[bytes]], users: Rows, items: Rows) -> Dataflow:
    """As plain_tiles, with the logics above."""
    return flow_of(batches, EveryUserRow, EveryItemRow, users, items)
