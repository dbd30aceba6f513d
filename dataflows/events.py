"""Payload batch -> typed frame | rejects. A whole batch is decoded in one call; one bad payload costs only itself.

The decoder is strict: a number in quotes, a fraction for a whole number or `true` for a number is a reject, not
a guess. A batch with a bad payload is decoded again row by row, so that the good rows go on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from connectors.messages import RawBatch
from dataflows.arrivals import Arrivals
from dataflows.column_types import POLARS_TYPES
from dataflows.kernels.arrays import Ints
from dataflows.spec import Source

_JSON_TYPES: dict[str, Any] = {
    "STRING": str,
    "INT32": Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)],
    "INT64": Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    "FLOAT": float,
    "DOUBLE": float,
    "BOOL": bool,
    "TIMESTAMP": Annotated[datetime, msgspec.Meta(tz=True)],
}
_UNITS = {"s": 1000.0, "ms": 1.0, "us": 0.001}
_NEW_LINE, _OPENING, _CLOSING = b"\n{}"
Doubles = npt.NDArray[np.float64]
_YEAR_3000 = 32_503_680_000_000


@dataclass(frozen=True, slots=True)
class Reject:
    """One event that was not taken, and why: `row` is its place in the batch."""

    row: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a batch: `frame` (one row an event), their event times (ms), their rows in `arrivals`."""

    source: str
    arrivals: Arrivals
    frame: pl.DataFrame
    times: Ints
    rows: Ints
    rejects: tuple[Reject, ...]

    @property
    def newest(self) -> int | None:
        """The newest event time (ms), None without events."""
        return int(self.times.max()) if len(self.times) else None

    def before(self, time: int) -> "Events":
        """The events older than a time (ms)."""
        kept = self.times < time
        return replace(self, frame=self.frame.filter(kept), times=self.times[kept], rows=self.rows[kept])


class Decoder:
    """Decodes the batches of one source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._types = {name: POLARS_TYPES[kind] for name, kind in source.columns.items()}
        self._keys = frozenset(source.entities.values())
        self._getters = [attrgetter(f"f{i}") for i in range(len(source.columns))]
        event = _event_type(source)
        self._one: msgspec.json.Decoder[Any] = msgspec.json.Decoder(event)

    def __call__(self, *batches: RawBatch) -> Events:
        """The events of batches taken together, and what was rejected."""
        arrivals, rejects = Arrivals(batches), list[Reject]()
        events, rows = self._decode(arrivals.payloads, rejects)
        frame = self._frame(events)
        times, reasons = self._times(frame, arrivals.arrived[rows])
        if reasons:
            rejects += [Reject(int(rows[at]), reason, detail) for at, reason, detail in reasons]
            kept = np.ones(len(rows), np.bool_)
            kept[[at for at, _, _ in reasons]] = False
            frame, times, rows = frame.filter(kept), times[kept], rows[kept]
        return Events(self._source.name, arrivals, frame, times, rows, tuple(rejects))

    def _decode(self, payloads: list[bytes], rejects: list[Reject]) -> tuple[list[Any], Ints]:
        lines = b"\n".join(payloads)
        if _one_a_line(lines, len(payloads)):
            try:
                events = self._one.decode_lines(lines)
                if len(events) == len(payloads):
                    return events, np.arange(len(events))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass  # which payload it was, and why, is found row by row
        return self._decode_each(payloads, rejects)

    def _decode_each(self, payloads: list[bytes], rejects: list[Reject]) -> tuple[list[Any], Ints]:
        events, rows = [], []
        for row, payload in enumerate(payloads):
            try:
                events.append(self._one.decode(payload))
                rows.append(row)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                rejects.append(Reject(row, _reason(error), str(error)))
        return events, np.array(rows, np.int64)

    def _frame(self, events: Sequence[Any]) -> pl.DataFrame:
        columns = zip(self._types.items(), self._getters, strict=True)
        return pl.DataFrame([pl.Series(name, list(map(get, events)), dtype) for (name, dtype), get in columns])

    def _times(self, frame: pl.DataFrame, arrived: Ints) -> tuple[Ints, list[tuple[int, str, str]]]:
        """Event times in ms and which rows cannot be placed: no time, no sensible time, no entity."""
        column = frame[self._source.event_time.column]
        ms, nobody = _milliseconds(column, self._source.event_time.unit), _nobody(frame, self._keys)
        wrong = (ms < 0) | (ms > np.minimum(_YEAR_3000, arrived + self._source.max_future_ms)) | nobody
        if not wrong.any():
            return ms.astype(np.int64), []
        rows = np.flatnonzero(wrong).tolist()
        return ms.astype(np.int64), [(row, *self._why(column, ms, row, int(arrived[row]))) for row in rows]

    def _why(self, column: pl.Series, ms: Any, row: int, arrival_ms: int) -> tuple[str, str]:
        name, value = self._source.event_time.column, column[row]
        if value is None:
            return "no_event_time", f"{name} is null"
        if ms[row] < 0 or ms[row] > _YEAR_3000:
            return "bad_event_time", f"{name} = {value} is not a time between 1970 and 3000"
        if ms[row] > arrival_ms + self._source.max_future_ms:
            ahead = (ms[row] - arrival_ms) / 1000
            return "future", f"{name} is {ahead:.0f} s ahead of its arrival"
        return "no_entity", f"{', '.join(self._source.entities.values())} null"


def _milliseconds(time: pl.Series, unit: str) -> Doubles:
    """When events happened, in ms as doubles (exact far beyond the year 3000), -1 for none.

    Whole columns at a time, but not by an expression: the engine behind those has a price per batch.
    """
    if isinstance(time.dtype, pl.Datetime):
        ms = time.cast(pl.Int64).cast(pl.Float64).to_numpy()
    else:
        ms = np.floor(time.cast(pl.Float64).to_numpy() * _UNITS[unit])
    return np.where(np.isnan(ms), -1.0, ms)


def _nobody(frame: pl.DataFrame, keys: Iterable[str]) -> npt.NDArray[np.bool_] | np.bool_:
    """Which events are about no entity at all."""
    columns = [frame[key] for key in keys]
    if not all(column.null_count() for column in columns):
        return np.False_
    nobody: npt.NDArray[np.bool_] = np.logical_and.reduce([column.is_null().to_numpy() for column in columns])
    return nobody


def _one_a_line(lines: bytes, payloads: int) -> bool:
    """Whether every line must be one payload: the decoder itself would read an event across line breaks."""
    text = np.frombuffer(lines, np.uint8)
    breaks = np.flatnonzero(text == _NEW_LINE)
    if len(breaks) != payloads - 1 or not (lines.startswith(b"{") and lines.endswith(b"}")):
        return False
    return bool((text[breaks - 1] == _CLOSING).all() and (text[breaks + 1] == _OPENING).all())


def _event_type(source: Source) -> type[msgspec.Struct]:
    fields: list[Any] = []
    for i, (name, kind) in enumerate(source.columns.items()):
        json_type = _JSON_TYPES[kind]
        fields.append((f"f{i}", json_type) if name in source.required else (f"f{i}", json_type | None, None))
    names = {f"f{i}": name for i, name in enumerate(source.columns)}
    return msgspec.defstruct(
        "Event",
        fields,
        rename=names,
        kw_only=True,
        gc=False,
        forbid_unknown_fields=source.unknown_fields == "reject",
    )


def _reason(error: Exception) -> str:
    text = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return "malformed"
    if "missing required field" in text:
        return "missing_field"
    return "unknown_field" if "unknown field" in text else "wrong_type"
