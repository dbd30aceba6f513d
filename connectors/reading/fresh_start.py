"""Reading as if for the first time, whatever was kept of a reading that was given up."""

from typing import Any, Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

Item = TypeVar("Item")


class FreshStart(FixedPartitionedSource[Item, Any], Generic[Item]):
    """A source whose partitions begin where new ones do."""

    def __init__(self, source: FixedPartitionedSource[Item, Any]) -> None:
        self._source = source

    @override
    def list_parts(self) -> list[str]:
        return self._source.list_parts()

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: Any) -> StatefulSourcePartition[Item, Any]:
        return self._source.build_part(step_id, for_part, None)
