"""Holds the last row of each entity in an interval: all of them, or if too many a sample by the hash of the id.

The hash alone decides: the sample does not depend on the order of rows or on batches. Entities, nulls and violations
are counted over all entities even if values are sampled.
"""

import io
from collections.abc import Sequence

import msgspec
import numpy as np
import polars as pl

from dataflows.definitions import Feature
from dataflows.kernels.arrays import Bools, Ints
from dataflows.kernels.strings.arrow_strings import hash_strings
from dataflows.kernels.strings.id_marks import leading_zeros
from dataflows.kernels.strings.string_array import strings_of
from dataflows.quality.profiling.entity_profiles import profile_of
from dataflows.quality.profiling.entity_rows import together
from dataflows.quality.profiling.exact_counts import ExactCounts
from reports.profiling import MOST_LAYERS, Profile, SampleLayers

MOST_BYTES = 256 * 2**20
"""Most bytes of held rows per entity type and interval; long texts and lists make the sample smaller."""
FEW = 100
"""Rows that are held whatever their size."""


class EntitySample:
    """Holds rows of at most `most` entities; if there are more, of those whose hash begins with `level` zero bits."""

    def __init__(self, features: Sequence[Feature], most: int) -> None:
        self._features, self._most = features, most
        self._counts: ExactCounts | None = None
        self.level = 0
        self.oldest_ms: int | None = None  # of all rows
        self.rows = pl.DataFrame()
        self._by_layer: list[pl.DataFrame] | None = None

    def take(self, rows: pl.DataFrame) -> None:
        """Adds rows in order of arrival: the last row of each entity remains."""
        if len(rows):
            self.note_oldest(int(rows["_as_of"].to_numpy().min()))
        if self._counts is not None:
            hashes = hashes_of(rows)
            self._counts.note(hashes, rows)
            rows = rows.filter(self._sampled(hashes))
        held = together([self.rows, rows]) if len(self.rows) else rows
        self.rows, self._by_layer = held.unique("_id", keep="last", maintain_order=True), None
        self._make_room()

    def profile(self, feature: Feature) -> Profile:
        """Returns the profile of a feature over the entities."""
        profile = profile_of(self.rows, feature)
        if self._counts is not None:
            nulls, violations = self._counts.nulls(feature.feature_name), self._counts.violations(feature)
            profile.stand_for(self._counts.entities, nulls, violations)
        if self.oldest_ms is not None:
            profile.note_oldest(self.oldest_ms)
        return profile

    def layers(self, feature: Feature, past_ms: int) -> SampleLayers:
        """Returns the profile in layers of the sample; `past_ms` as in `older_than`."""
        profiles = []
        for rows in self._layered():
            profiles.append(profile_of(rows, feature))
            profiles[-1].note_past(_older(rows, past_ms))
        return SampleLayers(self.level, tuple(profiles))

    def _layered(self) -> list[pl.DataFrame]:
        """Splits the rows by the number of zero bits that their hash has beyond the level."""
        if not len(self.rows):
            return []
        if self._by_layer is None:
            layers = np.minimum(_zeros(hashes_of(self.rows)) - self.level, MOST_LAYERS - 1)
            self._by_layer = [self.rows.filter(layers == layer) for layer in range(int(layers.max(initial=0)) + 1)]
        return self._by_layer

    def note_oldest(self, time_ms: int) -> None:
        """Records a time (ms) at which an entity had a row; keeps the oldest."""
        self.oldest_ms = time_ms if self.oldest_ms is None else min(self.oldest_ms, time_ms)

    def older_than(self, time_ms: int) -> int:
        """Counts the held rows from before a time (ms)."""
        return _older(self.rows, time_ms)

    def dump(self) -> bytes:
        """Encodes the rows as bytes."""
        file = io.BytesIO()
        self.rows.write_ipc(file, compression="lz4")
        counts = None if self._counts is None else self._counts.dump()
        return msgspec.msgpack.encode((self.level, counts, file.getvalue(), self.oldest_ms))

    def restore(self, data: bytes) -> None:
        """Restores dumped rows of the same features and rules."""
        parts = tuple[int, bytes | None, bytes, int | None]
        self.level, counts, rows, self.oldest_ms = msgspec.msgpack.decode(data, type=parts)
        self.rows = pl.read_ipc(io.BytesIO(rows))
        if counts is not None:
            self._counts = ExactCounts(self._features)
            self._counts.restore(counts)
        self._make_room()  # the limit may be lower now

    def _make_room(self) -> None:
        """Halves the sample until it is within its limits."""
        while len(self.rows) > self._most or (len(self.rows) > FEW and self.rows.estimated_size() > MOST_BYTES):
            hashes = hashes_of(self.rows)
            if self._counts is None:
                self._counts = ExactCounts(self._features)
                self._counts.note(hashes, self.rows)
            self.level += 1
            self.rows = self.rows.filter(self._sampled(hashes))

    def _sampled(self, hashes: Ints) -> Bools:
        chosen: Bools = _zeros(hashes) >= self.level
        return chosen


def _zeros(hashes: Ints) -> Ints:
    """Returns the number of leading zero bits of each hash."""
    zeros = np.empty(len(hashes), np.int64)
    leading_zeros(hashes, zeros)
    return zeros


def _older(rows: pl.DataFrame, time_ms: int) -> int:
    return int((rows["_as_of"] < time_ms).sum())


def hashes_of(rows: pl.DataFrame) -> Ints:
    """Returns the hash of each row's id: the same on every machine and in every version."""
    ids, hashes = strings_of(rows["_id"]), np.empty(len(rows), np.int64)
    hash_strings(ids.offsets, ids.data, hashes)
    return hashes
