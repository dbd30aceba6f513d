"""A sink for what another stage has written already."""

from typing import Any

from bytewax.outputs import DynamicSink, StatelessSinkPartition
from typing_extensions import override


class DiscardingSink(DynamicSink[Any]):
    """Takes everything, keeps nothing."""

    @override
    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_Discarding":
        return _Discarding()


class _Discarding(StatelessSinkPartition[Any]):
    def write_batch(self, items: list[Any]) -> None:
        pass
