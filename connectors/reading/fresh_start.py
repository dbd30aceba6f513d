"""Ignores the saved state of a source, so that it is read as if for the first time."""

from typing import Any, Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

Item = TypeVar("Item")


class FreshStart(FixedPartitionedSource[Item, Any], Generic[Item]):
    """Wraps a source so that its partitions start where new ones do."""

    def __init__(self, source: FixedPartitionedSource[Item, Any]) -> None:
        self._source = source

    @override
    def list_parts(self) -> list[str]:
        return self._source.list_parts()

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: Any) -> StatefulSourcePartition[Item, Any]:
        return self._source.build_part(step_id, for_part, None)
