"""Parses the payloads of one source into events: the whole batch in one call, or payload by payload if that fails.

The decoder of whole batches is strict and fast. Payloads that it refuses are parsed one by one by a lenient decoder
that accepts JSON as producers write it: a byte order mark, NaN and Infinity as null, 5.0 and 1e3 for integers. It
accepts everything that the strict decoder accepts, with the same values.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
import numpy as np

from connectors.errors import UNDECODABLE
from dataflows.definitions import Source
from dataflows.ingest.decoding.refusals import RefusalReasons, RejectedEvent
from dataflows.ingest.decoding.standard_json import MARK, is_plain, plain
from dataflows.ingest.event_limits import EventLimits, too_long
from dataflows.kernels.arrays import Ints

_INT32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_INT64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_OTHERS: dict[str, Any] = {"STRING": str, "FLOAT": float, "DOUBLE": float, "BOOL": bool, "TIMESTAMP": str}
_STRICT: dict[str, Any] = {"INT32": _INT32, "INT64": _INT64, **_OTHERS}
_LENIENT: dict[str, Any] = {"INT32": _INT32 | float, "INT64": _INT64 | float, **_OTHERS}
_NEW_LINE, _OPENING, _CLOSING = b"\n{}"


@dataclass(frozen=True, slots=True)
class ParsedPayloads:
    """Events in the order of their payloads, with the row of each payload in the batch.

    `exact` means that integer columns hold only integers. No accepted payload is longer than `longest` bytes. `nulled`
    counts the NaN and Infinity values read as null.
    """

    events: Sequence[Any]
    rows: Ints
    rejects: list[RejectedEvent]
    exact: bool
    longest: int
    nulled: int = 0


class PayloadParser:
    """Parses the payloads of one source. Column j of an event is its attribute `f{j}`."""

    def __init__(self, source: Source, limits: EventLimits) -> None:
        self._limit = limits.event_bytes
        self._refusals = RefusalReasons(source)
        self._strict: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_event_type(source, _STRICT))
        self._lenient: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_event_type(source, _LENIENT))

    def __call__(self, payloads: Sequence[bytes]) -> ParsedPayloads:
        """Parses payloads into events and rejects."""
        lines = b"\n".join(payloads)
        if (parsed := self._together(lines, len(payloads))) is not None:
            return parsed
        if is_plain(lines):
            return self._one_by_one(payloads, payloads)
        standard, nulled = plain(lines.replace(b"\n" + MARK, b"\n"))
        if (parsed := self._together(standard, len(payloads))) is None:
            parsed = self._one_by_one(payloads, [plain(payload)[0] for payload in payloads])
        return replace(parsed, nulled=nulled)

    def _together(self, lines: bytes, count: int) -> ParsedPayloads | None:
        """Parses lines of one payload each in one call; returns None if any of them is not strictly an event."""
        longest = _longest_line(lines, count)
        if not 0 < longest <= self._limit:
            return None
        try:
            events = self._strict.decode_lines(lines)
        except UNDECODABLE:
            return None  # parsing one by one finds the payload and the reason
        return ParsedPayloads(events, np.arange(count), [], True, longest) if len(events) == count else None

    def _one_by_one(self, payloads: Sequence[bytes], standard: Sequence[bytes]) -> ParsedPayloads:
        """Parses payload by payload; `standard` holds the payloads in standard JSON, see `plain`."""
        events, rejects, decode = list[Any](), list[RejectedEvent](), self._lenient.decode
        longest = max(map(len, payloads), default=0)
        if longest > self._limit:
            standard = [b"" if len(payload) > self._limit else payload for payload in standard]
        for row, payload in enumerate(standard):
            try:
                events.append(decode(payload))
            except UNDECODABLE as error:
                rejects.append(RejectedEvent(row, *self._why(error, payloads[row])))
        rows = np.delete(np.arange(len(payloads)), [reject.row for reject in rejects])
        return ParsedPayloads(events, rows, rejects, False, min(longest, self._limit))

    def _why(self, error: Exception, payload: bytes) -> tuple[str, str]:
        if len(payload) > self._limit:
            return "too_large", too_long("the payload", len(payload), "HEADRACE_MAX_EVENT_BYTES", self._limit)
        standard, nulled = plain(payload)
        return self._refusals.of_error(error, standard, nulled > 0)


def _longest_line(lines: bytes, payloads: int) -> int:
    """Returns the length of the longest line (bytes); 0 unless every line must be one payload.

    The decoder itself would accept an event that spans several lines.
    """
    text = np.frombuffer(lines, np.uint8)
    breaks = np.flatnonzero(text == _NEW_LINE)
    if len(breaks) != payloads - 1 or not (lines.startswith(b"{") and lines.endswith(b"}")):
        return 0
    if not len(breaks):
        return len(lines)
    if not (text[breaks - 1] == _CLOSING).all() or not (text[breaks + 1] == _OPENING).all():
        return 0
    between = (breaks[1:] - breaks[:-1]).max(initial=0)
    return max(int(breaks[0]), int(between) - 1, len(lines) - int(breaks[-1]) - 1)


def _event_type(source: Source, types: dict[str, Any]) -> type[msgspec.Struct]:
    fields: list[Any] = []
    for i, (name, kind) in enumerate(source.columns.items()):
        json_type = types[kind]
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
