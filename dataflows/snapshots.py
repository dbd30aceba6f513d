"""A shard as bytes and back: versioned, checksummed, and aware of the definitions it was made under.

Every snapshot names the fingerprint of each feature in it. On resume unchanged features go on; a new or changed
one starts empty and is warming up; one that was removed goes. Nothing stale is ever read.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from dataflows.kernels import places
from dataflows.kernels.arrays import State
from dataflows.layout import Lane, Value, Words, stateful
from dataflows.monoids import Kind, Monoid, Partial
from dataflows.moves import moved
from dataflows.program import Layout, layout_of
from dataflows.spec import Feature
from dataflows.tiles import Tiles

_MAGIC = b"HEADRACE"
_VERSION = 1
Marks = dict[str, int]


class SnapshotDamaged(Exception):
    """A snapshot cannot be read: the recovery store is damaged or of another version."""


class Layouts:
    """The layouts of an entity's features, one per set of starting times: shards share them."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = tuple(features)
        self.kept = stateful(features)
        self._made: dict[tuple[tuple[str, int], ...], Layout] = {}

    def of(self, since: Mapping[str, int]) -> Layout:
        """The layout for features that began to count at these times (ms)."""
        key = tuple(sorted(since.items()))
        if key not in self._made:
            self._made[key] = layout_of(self.features, since)
        return self._made[key]


def dump(tiles: Tiles, marks: Mapping[str, int]) -> bytes:
    """The snapshot of a shard."""
    arrays = _trimmed(tiles.state)
    header = msgspec.json.encode(
        {
            "features": tiles.layout.fingerprints,
            "since": tiles.layout.since,
            "hops": tiles.layout.hops,
            "words": _described(tiles.layout),
            "marks": marks,
            "arrays": [(str(array.dtype), array.shape) for array in arrays],
        }
    )
    body = b"".join([header, *(array.tobytes() for array in arrays)])
    sizes = np.array([_VERSION, len(header)], np.int64).tobytes()
    checksum = np.array([_checksum(sizes, body)], np.int64).tobytes()
    return b"".join([_MAGIC, sizes, checksum, body])


@lru_cache
def _described(layout: Layout) -> msgspec.Raw:
    """Where the words of a layout stand; said once, though it is in every snapshot."""
    return msgspec.Raw(msgspec.json.encode([(asdict(one), at) for one, at in layout.words.items()]))


def load(snapshot: bytes | None, layouts: Layouts, begun: int) -> tuple[Marks, Tiles, bool]:
    """The clock's marks, the tiles and whether the definitions have changed since the snapshot.

    Features that the snapshot does not know count from `begun` on (ms). Raises SnapshotDamaged.
    """
    if snapshot is None:
        return {}, Tiles(layouts.of({f.feature_name: begun for f in layouts.kept})), False
    header, state = _parse(snapshot)
    known, since = header["features"], header["since"]
    layout = layouts.of(
        {
            f.feature_name: since[f.feature_name] if known.get(f.feature_name) == f.fingerprint else begun
            for f in layouts.kept
        }
    )
    words, hops = {_words(one): at for one, at in header["words"]}, tuple(header["hops"])
    if words == layout.words and hops == layout.hops:
        return header["marks"], Tiles(layout, state), known != layout.fingerprints
    return header["marks"], Tiles(layout, moved(state, words, hops, layout)), True


def _trimmed(state: State) -> list["np.ndarray[Any, Any]"]:
    """The arrays without the room behind what is used."""
    meta = state.meta
    used = State(
        entities=state.entities[: meta[places.ROWS]],
        slots=state.slots,
        ids=state.ids[: meta[places.BYTES]],
        heap=state.heap[: meta[places.HEAP]],
        cells=state.cells,
        texts=state.texts[: meta[places.TEXTS]],
        text_slots=state.text_slots,
        text_bytes=state.text_bytes[: meta[places.TEXT_BYTES]],
        meta=meta,
    )
    return list(used)


def _parse(snapshot: bytes) -> tuple[dict[str, Any], State]:
    prefix = len(_MAGIC)
    start = prefix + 24
    if snapshot[:prefix] != _MAGIC or len(snapshot) < start:
        raise SnapshotDamaged("not a snapshot of Headrace; hint: the recovery store belongs to another program")
    version, size, checksum = np.frombuffer(snapshot[prefix:start], np.int64)
    if version != _VERSION:
        raise SnapshotDamaged(f"snapshot version {version}, this Headrace reads {_VERSION}")
    body = memoryview(snapshot)[start:]
    if _checksum(snapshot[prefix : start - 8], body) != checksum:
        raise SnapshotDamaged("a snapshot's checksum does not match; hint: restore the recovery store or replay")
    header = msgspec.json.decode(body[:size])
    return header, _arrays(body[size:], header["arrays"])


def _checksum(sizes: bytes, body: bytes | memoryview) -> int:
    return zlib.crc32(body, zlib.crc32(sizes))


def _arrays(body: memoryview, shapes: Sequence[tuple[str, Sequence[int]]]) -> State:
    arrays, at = [], 0
    for dtype, shape in shapes:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        arrays.append(np.frombuffer(body[at : at + size], dtype).reshape(shape).copy())
        at += size
    return State(*arrays)


def _words(fields: dict[str, Any]) -> Words:
    value, partial = fields["value"], fields["partial"]
    return Words(
        fields["hop"],
        fields["source"],
        Lane(**fields["lane"]),
        Value(value["text"], Kind(value["kind"]), value["hashed"]) if value else None,
        Partial(Monoid(partial["monoid"]), partial["parameter"], partial["asks"]),
        fields["since"],
    )
