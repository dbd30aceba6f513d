"""Counts the rows of a baseline and keeps the newest of every entity for checks."""

from bytewax.outputs import DynamicSink, StatelessSinkPartition

FeatureRow = tuple[object, ...]


class Rows(DynamicSink[tuple[str, FeatureRow]], StatelessSinkPartition[tuple[str, FeatureRow]]):
    """Counts the rows and keeps the newest of every entity."""

    def __init__(self) -> None:
        self.rows = 0
        self.newest: dict[str, FeatureRow] = {}

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "Rows":
        return self

    def write_batch(self, items: list[tuple[str, FeatureRow]]) -> None:
        self.rows += len(items)
        self.newest.update(items)
