"""Decodes the records of a feature topic that `RecordEncoder` wrote, including those of earlier definitions.

A missing feature is null, and so is a value that does not fit the feature's type, because the feature was another one
when the record was written. A message without an entity is not a record.
"""

import logging
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Any

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa

from connectors.errors import UNDECODABLE
from connectors.messages import RawBatch
from dataflows.definitions import element_type
from dataflows.history.served.feature_topic import FeatureTopic
from dataflows.kernels.arrays import Ints

log = logging.getLogger(__name__)

_INT32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_INT64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_JSON: dict[str, Any] = {
    "STRING": str,
    "INT32": _INT32,
    "INT64": _INT64,
    "FLOAT": float,
    "DOUBLE": float,
    "BOOL": bool,
    "TIMESTAMP": _INT64,
}
_LIST: Any = list


class RecordDecoder:
    """Decodes the messages of one topic to a frame; columns as in `FeatureTopic.schema`, rows in order."""

    def __init__(self, topic: FeatureTopic) -> None:
        self._topic, self._schema = topic, topic.schema
        self._types = {feature.record_field: _json_type(feature.value_type) for feature in topic.features}
        fields: list[Any] = [
            ("id", str),
            *((f"f{i}", kind | None, None) for i, kind in enumerate(self._types.values())),
        ]
        names = {"id": topic.entity_id, **{f"f{i}": name for i, name in enumerate(self._types)}}
        record = msgspec.defstruct("Record", fields, rename=names, gc=False)
        self._decode = msgspec.json.Decoder(record).decode
        self._record: Any = record

    def __call__(self, batch: RawBatch) -> pl.DataFrame:
        """Returns the records of a batch."""
        records, times = self._records(batch), _published(batch)
        rows = [row for row, record in enumerate(records) if record is not None]
        if len(rows) < len(records):
            log.warning(
                "%s: %d messages from %s on have no %s and are skipped",
                self._topic.name,
                len(records) - len(rows),
                batch.position(next(row for row, record in enumerate(records) if record is None)),
                self._topic.entity_id,
            )
        readable = [records[row] for row in rows]
        columns = [[record.id for record in readable], times[rows], *self._values(readable)]
        named = zip(self._schema.items(), columns, strict=True)
        return pl.DataFrame([_series(name, column, kind) for (name, kind), column in named])

    def _records(self, batch: RawBatch) -> Sequence[Any]:
        try:
            return list(map(self._decode, batch.payloads))
        except UNDECODABLE:
            return list(map(self._lenient, batch.payloads))

    def _lenient(self, payload: bytes) -> Any:
        """Decodes a record whose values do not all fit the expected types; None if it is not a record."""
        try:
            decoded = msgspec.json.decode(payload)
        except UNDECODABLE:
            return None
        if not isinstance(decoded, dict) or not isinstance(decoded.get(self._topic.entity_id), str):
            return None
        return self._record(
            decoded[self._topic.entity_id], *(_fitting(decoded.get(name), kind) for name, kind in self._types.items())
        )

    def _values(self, records: Sequence[Any]) -> list[list[Any]]:
        return [[getattr(record, f"f{i}") for record in records] for i in range(len(self._types))]


def _published(batch: RawBatch) -> Ints:
    """Returns the publish time of each message (ms), as exactly as the batch knows."""
    if batch.arrivals is not None:
        return batch.arrivals()
    if batch.arrived is not None:
        return np.fromiter(map(batch.arrived, range(len(batch.payloads))), np.int64, len(batch.payloads))
    return np.full(len(batch.payloads), batch.newest_ms, np.int64)


def _json_type(value_type: str) -> Any:
    element = element_type(value_type)
    return _JSON[value_type] if element is None else _LIST[_JSON[element] | None]


def _fitting(value: object, kind: Any) -> Any:
    """Returns a value if it is of a type, else None."""
    try:
        return msgspec.convert(value, kind | None)
    except msgspec.ValidationError:
        return None


def _series(name: str, values: Any, kind: Any) -> pl.Series:
    """Converts values to a series; times are ms since 1970."""
    if isinstance(kind, pl.List):
        return _lists(name, values, kind)
    if isinstance(kind, pl.Datetime):
        return pl.Series(name, values, pl.Int64).cast(kind)
    return pl.Series(name, values, kind)


def _lists(name: str, values: Sequence[list[Any] | None], kind: pl.List) -> pl.Series:
    """Builds lists from their concatenated elements, because list by list costs thirty times as much."""
    ends = np.cumsum([0, *(0 if element_list is None else len(element_list) for element_list in values)])
    elements = _series("", list(chain.from_iterable(filter(None, values))), kind.inner)
    missing = pa.array([element_list is None for element_list in values], pa.bool_())
    arrow = pa.LargeListArray.from_arrays(
        pa.array(ends), elements.to_arrow(compat_level=pl.CompatLevel.oldest()), mask=missing
    )
    return pl.Series(name, arrow).cast(kind)
