"""Words parts of sentences about incidents: durations and owners."""

from collections.abc import Sequence

from reports.moments import SPANS

MOST_OWNERS = 2


def passed(ms: float) -> str:
    """Words a duration in its two largest units, at least a second.

    >>> [passed(ms) for ms in (400, 20_900, 360_000, 500_000, 3_900_000, 93_600_000)]
    ['1 s', '20 s', '6 min', '8 min 20 s', '1 h 5 min', '1 d 2 h']
    """
    whole = max(1_000, int(ms))
    place = next(place for place, (size, _) in enumerate(SPANS) if whole >= size)
    size, unit = SPANS[place]
    large = f"{whole // size} {unit}"
    if place + 1 == len(SPANS):
        return large
    smaller, name = SPANS[place + 1]
    rest = whole % size // smaller
    return f"{large} {rest} {name}" if rest else large


def owners(names: Sequence[str]) -> str:
    """Words the owners briefly.

    >>> owners(["a@x.io", "b@x.io", "c@x.io"])
    'a@x.io, b@x.io and 1 more'
    """
    more = len(names) - MOST_OWNERS
    return ", ".join(names[:MOST_OWNERS]) + (f" and {more} more" if more > 0 else "")
