"""Counts exactly over all entities of an interval: nulls of each feature, violations of each rule.

An entity takes a slot of 8 bytes and 8 more for every 64 features and rules; the table is a quarter to half full. A
million entities of 42 features with 20 rules need 32 to 64 MB.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import polars as pl

from dataflows.definitions import Feature
from dataflows.kernels.arrays import Ints
from dataflows.kernels.strings.id_marks import move_marks, note_marks
from dataflows.quality.profiling.entity_rows import broken_mark

_SLOTS = 1 << 15


class ExactCounts:
    """Exact counts over the last rows of all entities, identified by the hash of their id."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self._nulls = {feature.feature_name: bit for bit, feature in enumerate(features)}
        rules = ((f.feature_name, place) for f in features for place in range(len(f.validation_rules)))
        self._broken = {rule: bit for bit, rule in enumerate(rules, start=len(self._nulls))}
        self._words = -(-(len(self._nulls) + len(self._broken)) // 64)
        self._counts = np.zeros(64 * self._words, np.int64)
        self._slots, self._marks = np.zeros(_SLOTS, np.int64), np.zeros((_SLOTS, self._words), np.int64)
        self.entities = 0

    def note(self, hashes: Ints, rows: pl.DataFrame) -> None:
        """Adds rows in order of arrival: the last row of an entity counts."""
        self._make_room(len(hashes))
        hashes = np.where(hashes == 0, 1, hashes)
        self.entities += int(note_marks(self._slots, self._marks, self._counts, hashes, self._marks_of(rows)))

    def nulls(self, feature: str) -> int:
        """Returns the number of entities without a value of a feature."""
        return int(self._counts[self._nulls[feature]])

    def violations(self, feature: Feature) -> list[int]:
        """Returns the number of entities that break each rule of a feature."""
        name = feature.feature_name
        return [int(self._counts[self._broken[name, place]]) for place in range(len(feature.validation_rules))]

    def dump(self) -> bytes:
        """Encodes the counts as bytes."""
        used = self._slots != 0
        return msgspec.msgpack.encode((self._slots[used].tobytes(), self._marks[used].tobytes()))

    def restore(self, data: bytes) -> None:
        """Restores dumped counts of the same features and rules."""
        parts = msgspec.msgpack.decode(data, type=tuple[bytes, bytes])
        slots, marks = (np.frombuffer(part, np.int64).copy() for part in parts)
        self._make_room(len(slots))
        marked = marks.reshape(len(slots), self._words)
        self.entities += int(note_marks(self._slots, self._marks, self._counts, slots, marked))

    def _marks_of(self, rows: pl.DataFrame) -> Ints:
        """Returns the bits of each row."""
        bits = np.zeros((len(rows), 64 * self._words), np.bool_)
        for name, bit in self._nulls.items():
            if rows[name].null_count():
                bits[:, bit] = rows[name].is_null().to_numpy()
        for (name, place), bit in self._broken.items():
            if (mark := broken_mark(name, place)) in rows.columns:
                bits[:, bit] = rows[mark].fill_null(False).to_numpy()
        return np.packbits(bits, axis=1, bitorder="little").view(np.int64)

    def _make_room(self, more: int) -> None:
        size = len(self._slots)
        while 2 * (self.entities + more) > size:
            size *= 2
        if size > len(self._slots):
            slots, marks = np.zeros(size, np.int64), np.zeros((size, self._words), np.int64)
            move_marks(self._slots, self._marks, slots, marks)
            self._slots, self._marks = slots, marks
