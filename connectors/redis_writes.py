"""Guarded writes of hashes: columns of rows in, requests of one Lua script out."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import polars as pl

from connectors import resp

_WORDS_PER_CALL = 3_000  # 200 rows of 12 fields: the server answers others every 2 ms
_KEY, _AS_OF, _SEQ, _GONE = _GUARD = ("_key", "_as_of", "_seq", "_gone")
_SPEC, _ARGUMENTS = "_spec", "_arguments"
_ABSENT, _PRESENT = pl.lit("0"), pl.lit("1")
_TOMBSTONE_MS = 3_600_000  # how long after an entity has gone no older row of it is taken
_OVERHEAD = 4  # words of a row besides its fields: key, as_of, seq, mask


@dataclass(frozen=True, slots=True)
class HashWrites:
    """Rows for Redis hashes, all columns of equal length.

    `keys` are full Redis keys (String), `as_of` is in ms (Int64), `seq` orders rows of equal as_of (Int64),
    `gone` rows leave a tombstone (Boolean) and stand before the others of equal as_of, `fields` are String
    columns where null means absent. `ttl_ms` None means for ever. `published_ms` is the oldest publish time of an
    event in it, `entity_id` whose rows they are.
    """

    keys: pl.Series
    as_of: pl.Series
    seq: pl.Series
    gone: pl.Series
    fields: pl.DataFrame
    ttl_ms: int | None
    published_ms: int
    entity_id: str = ""


# A row counts when its (as_of, seq) is not below the stored pair; under another `_spec` only as_of is
# compared, because a changed definition starts its count over. An entity that is gone leaves a tombstone for a
# while, `_gone` and no features: without it an older row, replayed after a crash, would bring the entity back.
# One that comes again starts its seq over, at the earliest at the as_of it left at; so a row that is gone stands
# before all others of its as_of, whatever its seq. Fields are overwritten in place: DEL first
# costs 5 us a row, and a script that has deleted something is no longer held to maxmemory. Then the absent
# ones go by name; after a change of `_spec` all that are not of this row.
# ARGV: fields, nullable fields (they come first), ttl or '', place of `_spec` or 0, names...,
#       then per key as_of, seq, mask, values...; mask: 'x' for gone, else '0' or '1' per nullable field.
SCRIPT = rb"""
local call = redis.call
local n, ttl, spec_at = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[4])
local nullable, at, written = tonumber(ARGV[2]), 4 + n, 0
local full = {'_as_of', '', '_seq', ''}
for j = 1, n do full[3 + 2 * j] = ARGV[4 + j] end

local function row_of(mask)
  if not string.find(mask, '0', 1, true) then
    for j = 1, n do full[4 + 2 * j] = ARGV[at + 3 + j] end
    return full, nil
  end
  local row, absent = {'_as_of', '', '_seq', ''}, {}
  for j = 1, n do
    if j <= nullable and string.byte(mask, j) == 48 then
      absent[#absent + 1] = ARGV[4 + j]
    else
      row[#row + 1] = ARGV[4 + j]
      row[#row + 1] = ARGV[at + 3 + j]
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
  local key, as_of, seq, mask = KEYS[i], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local stored = call('HMGET', key, '_as_of', '_seq', '_spec', '_gone')
  local exists, spec, gone = stored[1], spec_at > 0 and ARGV[at + 3 + spec_at] or '', mask == 'x'
  local same = (stored[3] or '') == spec
  local ahead = tonumber(as_of) - (tonumber(exists) or -math.huge)
  if ahead > 0 or (ahead == 0 and (not same or place(seq, gone) >= place(stored[2], stored[4]))) then
    if gone then bury(key, as_of, seq, spec) else put(key, as_of, seq, mask, exists, same) end
    if stored[4] and not gone then call('HDEL', key, '_gone') end
    written = written + 1
  end
  at = at + 3 + n
end
return written
""".replace(b"TOMBSTONE_MS", b"%d" % _TOMBSTONE_MS)
_SHA = hashlib.sha1(SCRIPT, usedforsecurity=False).hexdigest().encode()


class Encoder:
    """Encodes writes as EVALSHA requests of `SCRIPT`, in order; of several rows of a key only the last.

    A field that was once absent is treated as one that may be, from then on: which fields a small batch lacks
    changes with every batch, and a new layout costs more than the batch.
    """

    def __init__(self) -> None:
        self._absent: dict[frozenset[str], set[str]] = {}

    def __call__(self, writes: Sequence[HashWrites]) -> list[bytes]:
        """The requests that write all of it."""
        alike = groupby((one for one in writes if len(one.keys)), lambda one: (one.ttl_ms, one.fields.columns))
        return [call for (ttl_ms, _), some in alike for call in self._calls(_latest(list(some)), ttl_ms)]

    def _calls(self, rows: pl.DataFrame, ttl_ms: int | None) -> Iterator[bytes]:
        names = [name for name in rows.columns if name not in _GUARD]
        absent = self._absent.setdefault(frozenset(names), set())
        absent.update(name for name in names if rows[name].null_count())
        nullable = [name for name in names if name in absent]
        full = sorted((name for name in names if name not in absent), key=lambda name: name != _SPEC)
        return _calls(rows, _layout((*nullable, *full), len(nullable), ttl_ms))


def _latest(writes: list[HashWrites]) -> pl.DataFrame:
    """One row per key, that which the guard of the script would leave: `_key _as_of _seq _gone`, then the fields."""
    rows = _framed(writes[0]) if len(writes) == 1 else pl.concat([_framed(one) for one in writes])
    if rows[_KEY].n_unique() == rows.height:
        return rows
    return rows.sort(_AS_OF, ~pl.col(_GONE), _SEQ, maintain_order=True).unique(_KEY, keep="last", maintain_order=True)


def _framed(writes: HashWrites) -> pl.DataFrame:
    guard = (writes.keys, writes.as_of, writes.seq, writes.gone)
    return writes.fields.hstack([column.alias(name) for column, name in zip(guard, _GUARD, strict=True)])


def _calls(rows: pl.DataFrame, layout: "_Layout") -> Iterator[bytes]:
    per_call = max(1, _WORDS_PER_CALL // (len(layout.names) + _OVERHEAD))
    words = layout.words(rows)
    keys, arguments = resp.pieces(words[_KEY], per_call), resp.pieces(words[_ARGUMENTS], per_call)
    for first, some_keys, some_arguments in zip(range(0, rows.height, per_call), keys, arguments, strict=True):
        count = min(per_call, rows.height - first)
        size = 3 + count + 4 + len(layout.names) + count * (3 + len(layout.names))
        call = resp.command(b"EVALSHA", _SHA, b"%d" % count)
        yield resp.request(size, call, some_keys, layout.head, some_arguments)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How rows with these fields are written: those that may be absent first, and `_spec`, which is read most, early.

    `head` are the first words of a call, `short` and `long` the expressions of the words of a row.
    """

    names: tuple[str, ...]
    head: bytes
    short: tuple[pl.Expr, pl.Expr]
    long: tuple[pl.Expr, pl.Expr]

    def words(self, rows: pl.DataFrame) -> pl.DataFrame:
        """`_key` and `_arguments` of every row as words."""
        try:
            return rows.select(self.short)
        except pl.exceptions.OutOfBoundsError:  # some text has 4 KB or more
            return rows.select(self.long)


@lru_cache(maxsize=256)
def _layout(names: tuple[str, ...], nullable: int, ttl_ms: int | None) -> _Layout:
    guard = [pl.col(_AS_OF).cast(pl.String), pl.col(_SEQ).cast(pl.String), _mask(names[:nullable])]
    texts = [*guard, *(pl.col(name).fill_null("") for name in names[:nullable]), *map(pl.col, names[nullable:])]
    short, long = (
        (words([pl.col(_KEY)]).alias(_KEY), words(texts).alias(_ARGUMENTS)) for words in (resp.words, resp.long_words)
    )
    return _Layout(names, _head(names, nullable, ttl_ms), short, long)


def _head(names: tuple[str, ...], nullable: int, ttl_ms: int | None) -> bytes:
    ttl = b"" if ttl_ms is None else b"%d" % ttl_ms
    spec_at = names.index(_SPEC) + 1 if _SPEC in names else 0
    return resp.command(b"%d" % len(names), b"%d" % nullable, ttl, b"%d" % spec_at, *(name.encode() for name in names))


def _mask(nullable: Sequence[str]) -> pl.Expr:
    flags = [pl.when(pl.col(name).is_null()).then(_ABSENT).otherwise(_PRESENT) for name in nullable]
    present = pl.concat_str(flags) if flags else pl.lit("")
    return pl.when(_GONE).then(pl.lit("x")).otherwise(present)
