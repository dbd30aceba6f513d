"""Encodes a shard that buffers events of unfinished slices: the events, then the snapshot of the shard.

Without buffered events it is the snapshot of the shard alone. The bytes are versioned and checksummed.
"""

import struct
import zlib
from collections.abc import Sequence

import msgspec
import pyarrow as pa

from connectors.errors import UNDECODABLE, ExitCode, HeadraceError
from dataflows.ingest import ShardBatch, shard_batch_codec
from dataflows.state import SnapshotDamaged

_MAGIC, _VERSION = b"HR-SLICES", 2
_PREFIX = struct.Struct("<9sIQQI")  # magic, version, size of the packed events, their unpacked size (bytes), checksum
_UNREADABLE = b"HELD\x01"  # version 1, which only the code that wrote it could decode
_CODEC = pa.Codec("zstd", compression_level=1)
_HINT = "hint: restore the recovery store or replay"


class DefinitionsChanged(HeadraceError):
    """The last run ended while reading a backlog, and its buffered events belong to other definitions."""

    exit_code = ExitCode.STATE


class _Buffered(msgspec.Struct, array_like=True, frozen=True):
    layout: str
    events: bytes


def _encoded(layout: str, buffered: Sequence[ShardBatch]) -> bytes:
    return msgspec.msgpack.encode(_Buffered(layout, shard_batch_codec.encode(buffered)))


def dump(layout: str, buffered: Sequence[ShardBatch], shard: bytes) -> bytes:
    """Encodes buffered events, whose columns are those of `layout`, and the snapshot of their shard."""
    if not buffered:
        return shard
    content = _encoded(layout, buffered)
    packed: bytes = _CODEC.compress(content, asbytes=True)
    return _PREFIX.pack(_MAGIC, _VERSION, len(packed), len(content), zlib.crc32(packed)) + packed + shard


def load(snapshot: bytes | None, layout: str) -> tuple[list[ShardBatch], bytes | None]:
    """Decodes buffered events and the snapshot of the shard. Raises DefinitionsChanged, SnapshotDamaged."""
    if snapshot is None or not snapshot.startswith((_MAGIC, _UNREADABLE)):
        return [], snapshot
    if snapshot.startswith(_UNREADABLE):
        raise SnapshotDamaged(_other_version(1))
    content, shard = _unpacked(snapshot)
    try:
        buffered = msgspec.msgpack.decode(content, type=_Buffered)
        if buffered.layout != layout:
            raise DefinitionsChanged(_other_definitions())
        return shard_batch_codec.decode(buffered.events), shard
    except (*UNDECODABLE, ValueError) as error:
        raise SnapshotDamaged(f"events of a backlog in a snapshot cannot be decoded: {error}; {_HINT}") from error


def shard_in(snapshot: bytes) -> bytes:
    """Returns the snapshot of the shard alone. Raises SnapshotDamaged."""
    return _unpacked(snapshot)[1] if snapshot.startswith(_MAGIC) else snapshot


def _unpacked(snapshot: bytes) -> tuple[bytes, bytes]:
    """Splits a snapshot into the encoded events and the snapshot of the shard, and verifies it."""
    if len(snapshot) < _PREFIX.size:
        raise SnapshotDamaged(f"a snapshot is truncated; {_HINT}")
    _, version, packed_size, size, checksum = _PREFIX.unpack_from(snapshot)
    if version != _VERSION:
        raise SnapshotDamaged(_other_version(version))
    packed = snapshot[_PREFIX.size : _PREFIX.size + packed_size]
    if len(packed) != packed_size or zlib.crc32(packed) != checksum:
        raise SnapshotDamaged(f"the checksum of a snapshot does not match; {_HINT}")
    content: bytes = _CODEC.decompress(packed, size, asbytes=True)
    return content, snapshot[_PREFIX.size + packed_size :]


def _other_version(version: int) -> str:
    return (
        f"the last run ended while it read a backlog, and its snapshot of buffered events has version {version}; "
        f"this release reads version {_VERSION}; hint: run the release that wrote it until the backlog is read, then "
        "this one"
    )


def _other_definitions() -> str:
    return (
        "the last run ended while it read a backlog, and values or filters of features have changed since; hint: run "
        "the earlier definitions until the backlog is read, then change them"
    )
