"""Creates dead letters: rejected events, each with its payload, reason and position in its topic."""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from connectors.messages import Outgoing
from connectors.payload_text import payload_text
from dataflows.ingest import EventBatch, MergedBatch, RejectedEvent
from dataflows.metrics import DEAD_LETTERS
from dataflows.rows.validator import Quarantined, ValidatedRows
from dataflows.windows import LateRows

MOST_BYTES = 262_144
"""Size (bytes) of the longest payload that a dead letter holds in full, because a broker limits its messages."""
CUT_BYTES = 4_096
_LATE = "no window of {} still contains its event time"


def of_events(events: EventBatch) -> Iterator[Outgoing]:
    """Yields the dead letters of a decoded batch."""
    if events.rejects:
        yield _letters(events.source, events.arrivals, events.rejects)


def of_late(late: LateRows, entity_id: str) -> Outgoing:
    """Creates the dead letters of events that arrived late for an entity type."""
    detail = _LATE.format(entity_id)
    return _letters(late.source, late.arrivals, [RejectedEvent(int(row), "late", detail) for row in late.rows])


def of_quarantined(checked: ValidatedRows) -> Outgoing:
    """Creates the dead letters of quarantined values."""
    for value in checked.quarantined:
        DEAD_LETTERS.labels(value.feature.source or value.feature.entity_id, "quarantined").inc()
    keys = [value.sample.entity for value in checked.quarantined]
    return Outgoing(keys, [_quarantined(value) for value in checked.quarantined])


def _quarantined(value: Quarantined) -> bytes:
    letter = {
        "source": value.feature.source,
        "reason": "quarantined",
        "detail": f"{value.feature.feature_name} violates {value.rule}",
        "feature": value.feature.feature_name,
        "rule": value.rule,
        "entity_id": value.feature.entity_id,
        "entity": value.sample.entity,
        "value": _short(value.sample.value),
        "as_of": value.sample.at_ms,
    }
    return msgspec.json.encode(letter)


def _short(value: str) -> str:
    return value if len(value) <= CUT_BYTES else f"{value[:CUT_BYTES]}..."


def _letters(source: str, arrivals: MergedBatch, rejects: Iterable[RejectedEvent]) -> Outgoing:
    rejects = tuple(rejects)
    for reject in rejects:
        DEAD_LETTERS.labels(source, reject.reason).inc()
    return Outgoing([source] * len(rejects), [_letter(source, arrivals, reject) for reject in rejects])


def _letter(source: str, arrivals: MergedBatch, reject: RejectedEvent) -> bytes:
    raw, row = arrivals.place(reject.row)
    letter = {
        "source": source,
        "reason": reject.reason,
        "detail": reject.detail,
        "partition": raw.partition,
        "position": raw.position(row),
        "published_ms": raw.published_ms,
    }
    return msgspec.json.encode(letter | _payload(raw.payloads[row]))


def _payload(payload: bytes) -> dict[str, str | int]:
    """Returns the payload as text where it is text; for a long payload its beginning, its size and its hash."""
    if len(payload) <= MOST_BYTES:
        return {**payload_text(payload, MOST_BYTES)}
    digest = hashlib.sha256(payload).hexdigest()
    return {**payload_text(payload, CUT_BYTES), "payload_bytes": len(payload), "payload_sha256": digest}
