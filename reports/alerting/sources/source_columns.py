"""Profiles the raw columns of a source from a sample, and finds the one that moved most."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from reports.alerting.event_sample import HASH, EventSample
from reports.alerting.explanations import unseen
from reports.formats import NEVER, percent, readings
from reports.plain_texts import plain
from reports.records import ColumnProfile, FrequentValue

MOST_TEXTS = 12
LEAST_SHARE = 0.01
"""Share of events from which a text is frequent; rarer texts may identify a person, and are not kept."""
LEAST_EVENTS = 50
LEAST_MOVE = 0.15
"""Effect (Cohen's h or d) below which a column has not moved."""
NEW = 1.25
"""Weight of a new value, which says more than the value that it displaces."""
LONGEST = 40


@dataclass(frozen=True, slots=True)
class ColumnMove:
    """The change of a column in plain numbers; `effect` is its size (Cohen's h of shares, d of means)."""

    column: str
    what: str
    now: str
    usual: str
    effect: float

    @property
    def sentence(self) -> str:
        """Words the change."""
        if self.usual == NEVER:
            return f"{self.what}, {NEVER}, {self.now}"
        return f"{self.what} {self.now}, usually {self.usual}"


def column_profiles(sample: EventSample) -> tuple[ColumnProfile, ...]:
    """Profiles the columns of a sample."""
    return tuple(_profile(column) for column in sample.rows.get_columns() if column.name != HASH)


def most_moved(now: Sequence[ColumnProfile], before: Sequence[ColumnProfile]) -> ColumnMove | None:
    """Returns the clearest change between two sets of column profiles; None if there is none.

    >>> some = [ColumnProfile(column="country", events=90, top=(FrequentValue(value="DE", count=90),))]
    >>> top = FrequentValue(value="DE", count=60), FrequentValue(value="XX", count=30)
    >>> most_moved([ColumnProfile(column="country", events=90, top=top)], some).sentence
    'share of country XX, not seen before, 33 %'
    """
    ours, theirs = merged(now), merged(before)
    moves = [move for name in ours.keys() & theirs.keys() for move in _moves(ours[name], theirs[name])]
    best = max(moves, key=lambda move: (move.effect, move.column), default=None)
    return best if best is not None and best.effect >= LEAST_MOVE else None


def merged(profiles: Iterable[ColumnProfile]) -> dict[str, ColumnProfile]:
    """Merges the profiles of each column."""
    total: dict[str, ColumnProfile] = {}
    for profile in profiles:
        known = total.get(profile.column)
        total[profile.column] = profile if known is None else _sum(known, profile)
    return total


def _profile(values: pl.Series) -> ColumnProfile:
    present = values.drop_nulls()
    nulls = len(values) - len(present)
    if values.dtype == pl.Boolean:
        ratio = present.mean() if len(present) else None
        return ColumnProfile(column=values.name, events=len(values), nulls=nulls, true_ratio=_float(ratio))
    if values.dtype.is_numeric():
        finite = present.cast(pl.Float64).filter(present.cast(pl.Float64).is_finite())
        mean, std = _float(finite.mean()), _float(finite.std(ddof=0))
        return ColumnProfile(column=values.name, events=len(values), nulls=nulls, mean=mean, std=std)
    if values.dtype == pl.String:
        least = max(2.0, LEAST_SHARE * len(values))
        counts = [
            (text, many) for text, many in present.value_counts(sort=True).head(MOST_TEXTS).rows() if many >= least
        ]
        top = tuple(FrequentValue(value=plain(text, LONGEST), count=many) for text, many in counts)
        return ColumnProfile(column=values.name, events=len(values), nulls=nulls, top=top)
    return ColumnProfile(column=values.name, events=len(values), nulls=nulls)


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _sum(profile: ColumnProfile, other: ColumnProfile) -> ColumnProfile:
    events, nulls = profile.events + other.events, profile.nulls + other.nulls
    counts: dict[str, int] = {}
    for top in (*profile.top, *other.top):
        counts[top.value] = counts.get(top.value, 0) + top.count
    frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    mean, std = _moments(profile, other)
    return ColumnProfile(
        column=profile.column,
        events=events,
        nulls=nulls,
        mean=mean,
        std=std,
        true_ratio=_weighted(profile, other),
        top=tuple(FrequentValue(value=value, count=count) for value, count in frequent[: 4 * MOST_TEXTS]),
    )


def _moments(profile: ColumnProfile, other: ColumnProfile) -> tuple[float | None, float | None]:
    if profile.mean is None or profile.std is None or other.mean is None or other.std is None:
        return (profile.mean, profile.std) if other.mean is None else (other.mean, other.std)
    n, m = profile.events - profile.nulls, other.events - other.nulls
    mean = (n * profile.mean + m * other.mean) / max(1, n + m)
    spread = n * (profile.std**2 + (profile.mean - mean) ** 2) + m * (other.std**2 + (other.mean - mean) ** 2)
    return mean, math.sqrt(spread / max(1, n + m))


def _weighted(profile: ColumnProfile, other: ColumnProfile) -> float | None:
    if profile.true_ratio is None or other.true_ratio is None:
        return profile.true_ratio if other.true_ratio is None else other.true_ratio
    n, m = profile.events - profile.nulls, other.events - other.nulls
    return (n * profile.true_ratio + m * other.true_ratio) / max(1, n + m)


def _moves(now: ColumnProfile, before: ColumnProfile) -> Iterator[ColumnMove]:
    if min(now.events, before.events) < LEAST_EVENTS:
        return
    name = now.column
    yield _share(name, f"{name} without a value", now.nulls / now.events, before.nulls / before.events)
    if now.true_ratio is not None and before.true_ratio is not None:
        yield _share(name, f"share of {name} true", now.true_ratio, before.true_ratio)
    if now.mean is not None and before.mean is not None and before.std is not None:
        shown = readings(now.mean, before.mean, "DOUBLE")
        spread = before.std or abs(before.mean) or 1.0
        yield ColumnMove(name, f"mean of {name}", *shown, abs(now.mean - before.mean) / spread)
    yield from _text_moves(now, before)


def _text_moves(now: ColumnProfile, before: ColumnProfile) -> Iterator[ColumnMove]:
    ours, theirs = ({top.value: top.count for top in profile.top} for profile in (now, before))
    n, m = max(1, now.events - now.nulls), max(1, before.events - before.nulls)
    for value in ours.keys() | theirs.keys():
        if value not in ours and len(now.top) >= MOST_TEXTS:
            continue  # it may only have dropped out of the frequent texts
        move = _share(now.column, f"share of {now.column} {value}", ours.get(value, 0) / n, theirs.get(value, 0) / m)
        yield move if value in theirs else replace(move, usual=_unseen(before.top, m), effect=NEW * move.effect)


def _unseen(frequent: Sequence[FrequentValue], values: int) -> str:
    """Words the usual share of a text that is not among the frequent ones."""
    rare = f"under {percent(LEAST_SHARE)}"
    return (
        rare if sum(top.count for top in frequent) < values and len(frequent) < MOST_TEXTS else unseen(frequent, values)
    )


def _share(column: str, what: str, now: float, before: float) -> ColumnMove:
    effect = abs(2 * math.asin(math.sqrt(min(1.0, now))) - 2 * math.asin(math.sqrt(min(1.0, before))))
    return ColumnMove(column, what, percent(now), percent(before), effect)
