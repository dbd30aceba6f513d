"""Encodes a shard as bytes and restores it: versioned, checksummed, with the fingerprints of its definitions.

Every snapshot names the fingerprint of each of its features. On resume, unchanged features continue; a new or changed
one starts empty and warms up; a removed one is dropped. Stale state is never read.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from connectors.errors import ExitCode, HeadraceError
from dataflows.compiler import Selection, TileLayout, TileLayouts, TileSlot, Value
from dataflows.definitions import Feature, bare_name
from dataflows.kernels import offsets
from dataflows.kernels.arrays import State
from dataflows.kernels.opcodes import Partial, PartialOp, ValueKind
from dataflows.state.deltas import Array, BlockDelta, BlockDigests, bytes_in, put, take_blocks
from dataflows.state.migration import migrate
from dataflows.state.tile_store import TileStore

_MAGIC = b"HEADRACE"
_VERSION = 3
_READABLE = (
    2,
    3,
)  # version 2 partials are migrated: see dataflows/state/earlier_partials.py
_NAME = 16  # bytes of a base's name
_PREFIX = len(_MAGIC) + 2 * 8 + _NAME + 8  # version, size of the body, name of the base, checksum
_CODEC = pa.Codec("zstd", compression_level=1)
Marks = dict[str, int]


class SnapshotDamaged(HeadraceError):
    """A snapshot cannot be read: the recovery store is damaged or of another version."""

    exit_code = ExitCode.STATE


class BaseMissing(Exception):
    """A snapshot is a delta against a base that is missing or not yet restored."""


class DeltaBase(NamedTuple):
    """The base of a shard's deltas: its name, and the block digests of the shard at that time."""

    base: bytes
    prints: BlockDigests


class LoadedShard(NamedTuple):
    """A shard restored from a snapshot: its watermarks, and whether the definitions have changed since."""

    marks: Marks
    tiles: TileStore
    changed: bool
    reference: DeltaBase | None


def dump(tiles: TileStore, marks: Mapping[str, int]) -> bytes:
    """Encodes a full snapshot of a shard."""
    return _packed(_header(tiles, marks), arrays_of(tiles.state))


def dump_changes(tiles: TileStore, marks: Mapping[str, int], reference: DeltaBase, now: BlockDigests) -> bytes:
    """Encodes a snapshot of a shard as the delta against its base."""
    blocks = now.since(reference.prints)
    changes = [*map(take_blocks, arrays_of(tiles.state), blocks)]
    header = _header(tiles, marks) | {"changed": [*map(len, blocks)], "checksum": now.checksum}
    return _packed(header, chain.from_iterable(changes), reference.base)


def base_of(snapshot: bytes) -> bytes | None:
    """Returns the name of the base that a snapshot is a delta against; None for a full snapshot."""
    name = snapshot[_PREFIX - 8 - _NAME : _PREFIX - 8]
    return name if any(name) else None


def fingerprints_in(snapshot: bytes) -> dict[str, str]:
    """Returns the fingerprints of a shard's features, by name. Raises SnapshotDamaged."""
    return dict(_unpacked(snapshot)[0]["features"])


def _header(tiles: TileStore, marks: Mapping[str, int]) -> dict[str, Any]:
    return {
        "features": tiles.layout.fingerprints,
        "since": tiles.layout.since,
        "hops": tiles.layout.hops,
        "words": _described(tiles.layout),
        "marks": marks,
        "arrays": [(str(array.dtype), array.shape) for array in arrays_of(tiles.state)],
    }


def _packed(header: dict[str, Any], arrays: Iterable[Array], base: bytes = bytes(_NAME)) -> bytes:
    encoded = msgspec.json.encode(header)
    body = b"".join([np.int64(len(encoded)).tobytes(), encoded, *(array.data for array in arrays)])
    packed = _CODEC.compress(body, asbytes=True)
    sizes = np.array([_VERSION, len(body)], np.int64).tobytes() + base
    return b"".join([_MAGIC, sizes, np.int64(_checksum(sizes, packed)).tobytes(), packed])


@lru_cache
def _described(layout: TileLayout) -> msgspec.Raw:
    """Encodes the word of each slot of a layout; cached, because every snapshot contains it."""
    return msgspec.Raw(msgspec.json.encode([(_fields(slot), position) for slot, position in layout.words.items()]))


def load(snapshot: bytes | None, layouts: TileLayouts, begun: int, bases: Mapping[bytes, bytes]) -> LoadedShard:
    """Creates a shard, or restores it from its snapshot; `bases` holds bases by name.

    Features that the snapshot does not hold count from `begun` (ms) on. Raises SnapshotDamaged and BaseMissing.
    """
    if snapshot is None:
        return LoadedShard(
            {}, TileStore(layouts.of({f.feature_name: begun for f in layouts.stateful_features})), False, None
        )
    header, state, reference = _restored(snapshot, bases)
    known, since = header["features"], header["since"]
    layout = layouts.of({f.feature_name: _began(f, known, since, begun) for f in layouts.stateful_features})
    words, hops = {_words(slot): position for slot, position in header["words"]}, tuple(header["hops"])
    if words == layout.words and hops == layout.hops:
        return LoadedShard(header["marks"], TileStore(layout, state), known != layout.fingerprints, reference)
    return LoadedShard(header["marks"], TileStore(layout, migrate(state, words, hops, layout)), True, None)


def _began(feature: Feature, known: Mapping[str, str], since: Mapping[str, int], begun: int) -> int:
    """Returns since when a feature counts (ms); a version that was promoted or made a candidate continues under its
    other name."""
    own, name = feature.feature_name, bare_name(feature.feature_name)
    versions = (own, *(other for other in known if other != own and bare_name(other) == name))
    return next((since[other] for other in versions if known.get(other) == feature.fingerprint), begun)


def arrays_of(state: State) -> list[Array]:
    """Returns the used part of each array of a shard."""
    meta = state.meta
    used = State(
        entities=state.entities[: meta[offsets.ROWS]],
        slots=state.slots,
        ids=state.ids[: meta[offsets.BYTES]],
        heap=state.heap[: meta[offsets.HEAP]],
        cells=state.cells,
        texts=state.texts[: meta[offsets.TEXTS]],
        text_slots=state.text_slots,
        text_bytes=state.text_bytes[: meta[offsets.TEXT_BYTES]],
        meta=meta,
    )
    return list(used)


def _restored(snapshot: bytes, bases: Mapping[bytes, bytes]) -> tuple[dict[str, Any], State, DeltaBase | None]:
    header, body = _unpacked(snapshot)
    name = base_of(snapshot)
    if name is None:
        return header, State(*_arrays(body, header["arrays"])), None
    if name not in bases:
        raise BaseMissing(name.hex())
    base_header, base_body = _unpacked(bases[name])
    before = _arrays(base_body, base_header["arrays"])
    changes = _changes(body, header["changed"], header["arrays"])
    arrays = [
        put(array, shape, change) for array, (_, shape), change in zip(before, header["arrays"], changes, strict=True)
    ]
    if BlockDigests.of(arrays).checksum != header["checksum"]:
        raise SnapshotDamaged("a snapshot does not match its base; hint: restore the recovery store or replay")
    return header, State(*arrays), DeltaBase(name, BlockDigests.of(before))


def _unpacked(snapshot: bytes) -> tuple[dict[str, Any], memoryview]:
    """Decodes the header; returns it with the bytes of the arrays."""
    start = len(_MAGIC)
    if snapshot[:start] != _MAGIC or len(snapshot) < _PREFIX:
        raise SnapshotDamaged("not a snapshot of Headrace; hint: the recovery store belongs to another program")
    sizes, packed = snapshot[start : _PREFIX - 8], memoryview(snapshot)[_PREFIX:]
    version, length, *_ = np.frombuffer(sizes, np.int64).tolist()
    if version not in _READABLE:
        raise SnapshotDamaged(f"snapshot version {version}; this release reads {' and '.join(map(str, _READABLE))}")
    if np.int64(_checksum(sizes, packed)).tobytes() != snapshot[_PREFIX - 8 : _PREFIX]:
        raise SnapshotDamaged("a snapshot's checksum does not match; hint: restore the recovery store or replay")
    body = memoryview(_CODEC.decompress(packed, length, asbytes=True))
    size = int(np.frombuffer(body[:8], np.int64)[0])
    return msgspec.json.decode(body[8 : 8 + size]), body[8 + size :]


def _checksum(sizes: bytes, body: bytes | memoryview) -> int:
    return zlib.crc32(body, zlib.crc32(sizes))


def _arrays(body: memoryview, shapes: Sequence[tuple[str, Sequence[int]]]) -> list[Array]:
    arrays, offset = [], 0
    for dtype, shape in shapes:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        arrays.append(np.frombuffer(body[offset : offset + size], dtype).reshape(shape).copy())
        offset += size
    return arrays


def _changes(
    body: memoryview, counts: Sequence[int], shapes: Sequence[tuple[str, Sequence[int]]]
) -> Iterator[BlockDelta]:
    for count, (dtype, shape) in zip(counts, shapes, strict=True):
        blocks = np.frombuffer(body[: 4 * count], np.int32)
        size = bytes_in(blocks, int(np.prod(shape)) * np.dtype(dtype).itemsize)
        yield BlockDelta(blocks, np.frombuffer(body[4 * count : 4 * count + size], np.uint8))
        body = body[4 * count + size :]


def _fields(slot: TileSlot) -> dict[str, Any]:
    """Returns a slot as snapshots have always stored it, under the names of their first version."""
    fields = asdict(slot)
    partial = fields["partial"]
    return fields | {"partial": {"monoid": partial.pop("op"), **partial}}


def _words(fields: dict[str, Any]) -> TileSlot:
    value, partial = fields["value"], fields["partial"]
    return TileSlot(
        fields["hop"],
        fields["source"],
        Selection(**fields["lane"]),
        Value(value["text"], ValueKind(value["kind"]), value["hashed"]) if value else None,
        Partial(PartialOp(partial["monoid"]), partial["parameter"], partial["asks"]),
        fields["since"],
    )
