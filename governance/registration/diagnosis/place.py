"""Models a place that knows definitions, and whether it agrees with the folder."""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec
import redis

from connectors.errors import HeadraceError
from dataflows.readable import one_line

Verdict = Literal["same", "other", "missing", "extra"]
PlaceName = Literal["registry", "schema", "state", "run", "rows"]
PLACES: tuple[PlaceName, ...] = ("registry", "schema", "state", "run", "rows")
"""The registry, the broker's newest schema, the recovery store, the live run, and the rows in Redis."""
Verdicts = Mapping[str, Verdict]


class PlaceVerdicts(msgspec.Struct, frozen=True, kw_only=True):
    """A place's verdicts by key. `unknown` says why it cannot tell; a missing place has no verdicts."""

    name: PlaceName
    verdicts: dict[str, Verdict] = {}
    unknown: str = ""


def compared(expected: Mapping[str, str], actual: Mapping[str, str]) -> dict[str, Verdict]:
    """Compares two mappings of fingerprints key by key.

    >>> compared({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "0", "d": "4"})
    {'a': 'same', 'b': 'other', 'c': 'missing', 'd': 'extra'}
    """
    return {key: _verdict(expected.get(key), actual.get(key)) for key in sorted(expected.keys() | actual.keys())}


def verdicts_of(name: PlaceName, ask: Callable[[], Verdicts]) -> PlaceVerdicts:
    """Returns a place, or why it does not answer."""
    try:
        return PlaceVerdicts(name=name, verdicts=dict(ask()))
    except (HeadraceError, redis.RedisError, OSError) as error:
        return PlaceVerdicts(name=name, unknown=one_line(str(error) or type(error).__name__))


def _verdict(expected: str | None, actual: str | None) -> Verdict:
    if expected is None:
        return "extra"
    if actual is None:
        return "missing"
    return "same" if expected == actual else "other"
