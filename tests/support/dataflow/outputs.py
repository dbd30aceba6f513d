"""The output of runs over in-memory ports: feature records, dead letters, writes, reports and alerts."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from connectors.messages import Outgoing
from connectors.redis.endpoints.hash_writes import HashWrites, StoreItem
from dataflows.definitions.loader import Definitions
from reports.records import Alert


class Record(msgspec.Struct, frozen=True, gc=False):
    """One row of a feature topic; `run` counts the executions that wrote here.

    Untracked by the garbage collector: a run leaves a million of them.
    """

    run: int
    entity_id: str
    entity: str
    as_of: int
    seq: int
    gone: bool
    warming: tuple[str, ...]
    values: dict[str, Any]


@dataclass(slots=True)
class Left:
    """Everything that all runs over the same ports have written, in order."""

    definitions: Definitions
    runs: int = 0
    records: list[Record] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    writes: list[tuple[int, HashWrites]] = field(default_factory=list)
    live: list[StoreItem] = field(default_factory=list)
    reports: list[tuple[str, bytes]] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def newest(self) -> dict[tuple[str, str], Record]:
        """Returns the row of every entity that a guarded store holds: at equal `as_of` a removed row sorts first."""
        rows: dict[tuple[str, str], Record] = {}
        for record in self.records:
            key = record.entity_id, record.entity
            held = rows.get(key)
            if held is None or _place(record.as_of, record.seq, record.gone) >= _place(held.as_of, held.seq, held.gone):
                rows[key] = record
        return {key: record for key, record in rows.items() if not record.gone}

    def hashes(self) -> dict[str, dict[str, str]]:
        """Returns the online store: fields by key, under the guard of the real one."""
        hashes: dict[str, tuple[tuple[int, int], bool, dict[str, str]]] = {}
        for key, pair, gone, fields in self._hash_rows():
            if key not in hashes or _place(*pair, gone) >= _place(*hashes[key][0], hashes[key][1]):
                hashes[key] = pair, gone, {name: text for name, text in fields.items() if text is not None}
        return {
            key: {"_as_of": str(as_of), "_seq": str(seq), **fields}
            for key, ((as_of, seq), gone, fields) in hashes.items()
            if not gone
        }

    def _hash_rows(self) -> Iterator[tuple[str, tuple[int, int], bool, dict[str, Any]]]:
        for _, writes in self.writes:
            pairs = zip(writes.as_of, writes.seq, strict=True)
            yield from zip(writes.keys, pairs, writes.gone, writes.fields.iter_rows(named=True), strict=True)

    def write_letters(self, out: Outgoing) -> None:
        """Adds a batch of dead letters."""
        self.letters += map(msgspec.json.decode, out.payloads)

    def write_reports(self, out: Outgoing) -> None:
        """Adds closed reports."""
        self.reports += zip(out.keys, out.payloads, strict=True)

    def write_alerts(self, out: Outgoing) -> None:
        """Adds alerts."""
        self.alerts += map(Alert.decode, out.payloads)

    def write_records(self, entity_id: str, out: Outgoing) -> None:
        """Adds a batch of records."""
        for key, payload in zip(out.keys, out.payloads, strict=True):
            record = msgspec.json.decode(payload)
            if record.pop(entity_id) != key:
                raise AssertionError(f"{payload!r} under the key {key}")
            fixed = record.pop("as_of"), record.pop("seq"), record.pop("gone")
            warming = tuple(record.pop("warming") or ())
            record.pop("quarantined")
            self.records.append(Record(self.runs, entity_id, key, *fixed, warming, record))


def _place(as_of: int, seq: int, gone: bool) -> tuple[int, int]:
    return as_of, -1 if gone else seq
