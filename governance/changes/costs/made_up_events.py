"""Makes up events that fit a source and its filters, with a seed."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import sqlglot
from sqlglot import exp

from dataflows.definitions import Definitions, Source, column_names

Times = npt.NDArray[np.int64]

ENTITIES = 1_000
WORDS = tuple(f"word{number}" for number in range(50))
SPAN_MS = 10_000
_UNITS = {"s": 1_000, "ms": 1, "us": 0.001}


class EventMaker:
    """Makes up events of a source: few entities have many of them, and texts are those that filters compare with."""

    def __init__(self, source: Source, definitions: Definitions, seed: int) -> None:
        self._source, self._random = source, np.random.default_rng(seed)
        self._words = _words(source, definitions)
        self._ids = {*source.entities.values()}

    def payloads(self, count: int, now_ms: int) -> list[bytes]:
        """Returns `count` events of the ten seconds before `now_ms` as JSON, in the order of time."""
        moments = np.sort(now_ms - self._random.integers(0, SPAN_MS, count))
        columns = {name: self._column(name, kind, moments) for name, kind in self._source.columns.items()}
        columns[self._source.event_time.column] = _times(moments, self._source.event_time.unit)
        rows = zip(*columns.values(), strict=True)
        return [msgspec.json.encode(dict(zip(columns, row, strict=True))) for row in rows]

    def _column(self, name: str, kind: str, moments: Times) -> Sequence[object]:
        count, random = len(moments), self._random
        if name in self._ids:
            numbers = np.asarray(random.zipf(1.2, count)) % ENTITIES
            return numbers.tolist() if kind == "INT64" else [f"{name[:1]}{number}" for number in numbers]
        if kind == "TIMESTAMP":
            return _times(moments, "iso")
        made: dict[str, npt.NDArray[Any]] = {
            "INT64": random.integers(1, 100, count),
            "DOUBLE": np.asarray(random.lognormal(3, 1, count)).round(2),
            "BOOL": np.asarray(random.random(count)) < 0.5,
            "STRING": random.choice(self._words.get(name, WORDS), count),
        }
        return list(made[kind].tolist())


def _times(moments: Times, unit: str) -> Sequence[object]:
    if unit == "iso":
        return [f"{text}Z" for text in moments.astype("datetime64[ms]").astype(str)]
    return list((moments / _UNITS[unit]).astype(np.int64).tolist())


def _words(source: Source, definitions: Definitions) -> dict[str, Sequence[str]]:
    """Returns the texts that expressions over the source compare each of its columns with."""
    words: dict[str, list[str]] = {}
    for text in _expressions(source, definitions):
        literals = [literal.this for literal in sqlglot.parse_one(text).find_all(exp.Literal) if literal.is_string]
        for column in column_names(text) if literals else ():
            words.setdefault(column, []).extend(literals)
    return {column: [*dict.fromkeys(literals)] for column, literals in words.items()}


def _expressions(source: Source, definitions: Definitions) -> Iterable[str]:
    for feature in definitions.features:
        if feature.source == source.name:
            yield from (text for text in (feature.filter, feature.value) if text)
