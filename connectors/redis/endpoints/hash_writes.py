"""Encodes guarded writes of hashes: columns of rows in, requests of one Lua script out."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
import numpy.typing as npt
import polars as pl

from connectors.redis.endpoints import resp

_WORDS_PER_CALL = 3_000  # 200 rows of 12 fields: the server answers others every 2 ms
_KEY, _AS_OF, _SEQ, _GONE = _GUARD = ("_key", "_as_of", "_seq", "_gone")
_SPEC = "_spec"
_GOING, _STAYING, _ABSENT = np.frombuffer(b"x=0", np.uint8)
_TOMBSTONE_MS = 3_600_000  # how long older rows of an entity are refused after it has gone
_OVERHEAD = 4  # words of a row besides its fields: key, as_of, seq, mask


@dataclass(frozen=True, slots=True)
class HashWrites:
    """Rows for Redis hashes, all columns of equal length.

    `keys` are full Redis keys (String), `as_of` is in ms (Int64), `seq` orders rows of equal as_of (Int64), `gone` rows
    leave a tombstone (Boolean) and sort before other rows of equal as_of, `fields` are String columns where null means
    absent. `ttl_ms` None means forever. `published_ms` is the oldest publish time of their events, `entity_id` their
    entity type's id.
    """

    keys: pl.Series
    as_of: pl.Series
    seq: pl.Series
    gone: pl.Series
    fields: pl.DataFrame
    ttl_ms: int | None
    published_ms: int
    entity_id: str = ""


@dataclass(frozen=True, slots=True)
class JsonFields:
    """Some fields of one hash, each a JSON document, or None to remove it; other fields of the hash stay.

    `key` is the full Redis key. Documents never replace those of a later `written_ms` (ms). `ttl_ms` None means
    forever.
    """

    key: str
    fields: Mapping[str, bytes | None]
    written_ms: int
    ttl_ms: int | None


StoreItem = HashWrites | JsonFields
"""An item that a sink of hashes accepts."""


# A row is written if its (as_of, seq) is not below the stored pair; under another `_spec` only as_of is compared,
# because a changed definition starts its count over. An entity that is gone leaves a tombstone for a while, `_gone` and
# no features: without it an older row, replayed after a crash, would bring the entity back. An entity that returns
# starts its seq over, at the earliest at the as_of it left at; so a gone row sorts before all others of its as_of,
# whatever its seq. A key that holds no hash belongs to another program: it is left and returned. Fields are overwritten
# in place: DEL first costs 5 us a row, and a script that has deleted something is no longer held to maxmemory. Then
# absent fields are removed by name; after a change of `_spec` all fields that are not in this row. ARGV: fields,
# nullable fields (they come first), ttl or '', place of `_spec` or 0, names..., then per key mask, values..., as_of,
# seq; mask: 'x' for gone, else '=', then '0' or '1' per nullable field.
SCRIPT = rb"""
local call = redis.call
local n, ttl, spec_at = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[4])
local nullable, at, foreign = tonumber(ARGV[2]), 4 + n, {}
local full = {'_as_of', '', '_seq', ''}
for j = 1, n do full[3 + 2 * j] = ARGV[4 + j] end

local function row_of(mask)
  if not string.find(mask, '0', 1, true) then
    for j = 1, n do full[4 + 2 * j] = ARGV[at + 1 + j] end
    return full, nil
  end
  local row, absent = {'_as_of', '', '_seq', ''}, {}
  for j = 1, n do
    if j <= nullable and string.byte(mask, 1 + j) == 48 then
      absent[#absent + 1] = ARGV[4 + j]
    else
      row[#row + 1] = ARGV[4 + j]
      row[#row + 1] = ARGV[at + 1 + j]
    end
  end
  return row, absent
end

local function others(key, row)
  local own, found = {}, {}
  for j = 1, #row, 2 do own[row[j]] = true end
  for _, name in ipairs(call('HKEYS', key)) do
    if not own[name] then found[#found + 1] = name end
  end
  return found
end

local function put(key, as_of, seq, mask, exists, same)
  local row, stale = row_of(mask)
  row[2], row[4] = as_of, seq
  call('HSET', key, unpack(row))
  if exists and not same then stale = others(key, row) end
  if exists and stale and #stale > 0 then call('HDEL', key, unpack(stale)) end
  if ttl ~= '' then call('PEXPIRE', key, ttl) elseif exists then call('PERSIST', key) end
end

local function bury(key, as_of, seq, spec)
  call('DEL', key)
  call('HSET', key, '_as_of', as_of, '_seq', seq, '_gone', '1', unpack(spec ~= '' and {'_spec', spec} or {}))
  call('PEXPIRE', key, TOMBSTONE_MS)
end

local function place(seq, gone)
  return gone and -1 or tonumber(seq) or -math.huge
end

for i = 1, #KEYS do
  local key, mask, as_of, seq = KEYS[i], ARGV[at + 1], ARGV[at + n + 2], ARGV[at + n + 3]
  local stored = redis.pcall('HMGET', key, '_as_of', '_seq', '_spec', '_gone')
  if stored.err then
    if not string.find(stored.err, 'WRONGTYPE', 1, true) then return stored end
    foreign[#foreign + 1] = key
  end
  local exists, spec, gone = stored[1], spec_at > 0 and ARGV[at + 1 + spec_at] or '', string.byte(mask) == 120
  local same = (stored[3] or '') == spec
  local ahead = stored.err and -1 or tonumber(as_of) - (tonumber(exists) or -math.huge)
  if ahead > 0 or (ahead == 0 and (not same or place(seq, gone) >= place(stored[2], stored[4]))) then
    if gone then bury(key, as_of, seq, spec) else put(key, as_of, seq, mask, exists, same) end
    if stored[4] and not gone then call('HDEL', key, '_gone') end
  end
  at = at + 3 + n
end
return foreign
""".replace(b"TOMBSTONE_MS", b"%d" % _TOMBSTONE_MS)
_SHA = hashlib.sha1(SCRIPT, usedforsecurity=False).hexdigest().encode()


def requests(items: Sequence[StoreItem]) -> list[bytes]:
    """Returns EVALSHA requests of `SCRIPT` that write all items in order; of several rows of a key only the last."""
    framed = ((item.ttl_ms, _framed(item)) for item in items)
    alike = groupby(((ttl_ms, rows) for ttl_ms, rows in framed if rows.height), lambda pair: (pair[0], pair[1].columns))
    return [call for (ttl_ms, _), group in alike for call in _calls(_latest([rows for _, rows in group]), ttl_ms)]


def _latest(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Keeps the row per key that the script's guard would keep: `_key _as_of _seq _gone`, then the fields."""
    rows = frames[0] if len(frames) == 1 else pl.concat(frames)
    if rows[_KEY].n_unique() == rows.height:
        return rows
    return rows.sort(_AS_OF, ~pl.col(_GONE), _SEQ, maintain_order=True).unique(_KEY, keep="last", maintain_order=True)


def _framed(item: StoreItem) -> pl.DataFrame:
    """Returns the rows' guard columns and fields."""
    if isinstance(item, JsonFields):
        guarded = {_KEY: item.key, _AS_OF: item.written_ms, _SEQ: 0, _GONE: False}
        documents = {name: document and document.decode() for name, document in item.fields.items()}
        return pl.DataFrame([documents | guarded], schema_overrides=dict.fromkeys(documents, pl.String))
    guard = (item.keys, item.as_of, item.seq, item.gone)
    return item.fields.hstack([column.alias(name) for column, name in zip(guard, _GUARD, strict=True)])


def _calls(rows: pl.DataFrame, ttl_ms: int | None) -> Iterator[bytes]:
    fields = {column.name: column for column in rows.get_columns()}
    key, as_of, seq, gone = (fields.pop(name) for name in _GUARD)
    names, nullable = _ordered(fields)
    keys = resp.Texts.concatenated([key]).words(np.empty((len(key), 0), np.uint8))
    texts = resp.Texts.concatenated([*(fields[name] for name in names), as_of.cast(pl.String), seq.cast(pl.String)])
    arguments = texts.words(_masks(gone.to_numpy(), texts.present(nullable)))
    head, per_call = _head(names, nullable, ttl_ms), max(1, _WORDS_PER_CALL // (len(names) + _OVERHEAD))
    for first in range(0, len(key), per_call):
        last = min(first + per_call, len(key))
        call = resp.command(b"EVALSHA", _SHA, b"%d" % (last - first))
        size = 3 + 4 + len(names) + (last - first) * (_OVERHEAD + len(names))
        yield resp.request(size, call, keys.of(first, last), head, arguments.of(first, last))


def _ordered(fields: Mapping[str, pl.Series]) -> tuple[tuple[str, ...], int]:
    """Orders field names, those with absent values first, and counts these; `_spec` comes early, because it is read
    most."""
    partial = [name for name, column in fields.items() if column.null_count()]
    full = sorted((name for name in fields if name not in partial), key=lambda name: name != _SPEC)
    return (*partial, *full), len(partial)


@lru_cache(maxsize=256)
def _head(names: tuple[str, ...], nullable: int, ttl_ms: int | None) -> bytes:
    ttl = b"" if ttl_ms is None else b"%d" % ttl_ms
    spec_at = names.index(_SPEC) + 1 if _SPEC in names else 0
    return resp.command(b"%d" % len(names), b"%d" % nullable, ttl, b"%d" % spec_at, *(name.encode() for name in names))


def _masks(gone: npt.NDArray[np.bool_], present: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Returns a mask per row: live or removed, and which of the nullable fields are present."""
    masks = np.empty((len(gone), 1 + present.shape[1]), np.uint8)
    masks[:, 0] = np.where(gone, _GOING, _STAYING)
    masks[:, 1:] = present + _ABSENT
    return masks
