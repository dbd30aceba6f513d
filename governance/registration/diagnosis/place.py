"""A place that knows something of definitions, and whether it agrees with the folder."""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec
import redis

from connectors.errors import HeadraceError
from dataflows.readable import one_line

Verdict = Literal["same", "other", "missing", "extra"]
PlaceName = Literal["registry", "schema", "state", "run", "rows"]
PLACES: tuple[PlaceName, ...] = ("registry", "schema", "state", "run", "rows")
"""What is on record, the broker's newest schema, the recovery store, the run that is live, and the rows in Redis."""
Verdicts = Mapping[str, Verdict]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a place says of each definition, by key. `unknown` says why nobody can tell; nothing is said where there is
    no such place."""

    name: PlaceName
    verdicts: dict[str, Verdict] = {}
    unknown: str = ""


def compared(wanted: Mapping[str, str], found: Mapping[str, str]) -> dict[str, Verdict]:
    """The verdict on each key of two mappings of fingerprints.

    >>> compared({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "0", "d": "4"})
    {'a': 'same', 'b': 'other', 'c': 'missing', 'd': 'extra'}
    """
    return {key: _verdict(wanted.get(key), found.get(key)) for key in sorted(wanted.keys() | found.keys())}


def asked(name: PlaceName, ask: Callable[[], Verdicts]) -> Place:
    """A place, or why it does not answer."""
    try:
        return Place(name=name, verdicts=dict(ask()))
    except (HeadraceError, redis.RedisError, OSError) as error:
        return Place(name=name, unknown=one_line(str(error) or type(error).__name__))


def _verdict(wanted: str | None, found: str | None) -> Verdict:
    if wanted is None:
        return "extra"
    if found is None:
        return "missing"
    return "same" if wanted == found else "other"
