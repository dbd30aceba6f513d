"""Marks rows of entities: which rules a row broke, and which of its values could not be computed.

A mark is a column that exists if some row has it; frames with different marks are concatenated with nulls.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from dataflows.kernels.arrays import Ints
from dataflows.rows import ValidatedRows

_BROKEN, _WITHHELD, _NULLED, _SINCE = "_broken", "_withheld", "_nulled", "_since"


def broken_mark(feature: str, place: int) -> str:
    """Returns the column that marks rows that broke a feature's rule, by the rule's index.

    >>> broken_mark("spend", 0)
    '_broken:spend:0'
    """
    return f"{_BROKEN}:{feature}:{place}"


def withheld_mark(feature: str) -> str:
    """Returns the column of a feature's values before they were withheld."""
    return f"{_WITHHELD}:{feature}"


def nulled_marks(frame: pl.DataFrame, feature: str) -> Iterator[tuple[str, str]]:
    """Yields the columns that mark a feature's failed values, each with its reason."""
    start = f"{_NULLED}:{feature}:"
    yield from ((name, name.removeprefix(start)) for name in frame.columns if name.startswith(start))


def since_mark(feature: str) -> str:
    """Returns the column of times (ms) since which a warming feature counts."""
    return f"{_SINCE}:{feature}"


def _marked(checked: ValidatedRows) -> pl.DataFrame:
    """Adds the marks except `since`; returns rows without marks, the usual case, unchanged."""
    frame = checked.rows.frame
    marks = [*_broken(checked), *_withheld(checked), *_nulled(checked)]
    return frame.with_columns(marks) if marks else frame


def marked_together(batches: Sequence[ValidatedRows]) -> pl.DataFrame:
    """Concatenates batches with their marks; `since` is marked once for all of them."""
    rows = together([_marked(checked) for checked in batches])
    names = dict.fromkeys(name for checked in batches for name in checked.rows.since)
    return rows.with_columns([_since(name, batches) for name in names]) if names else rows


def together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Concatenates rows of one entity type, whatever their marks."""
    alike = all(frame.columns == frames[0].columns for frame in frames)
    return pl.concat(frames, how="vertical" if alike else "diagonal")


def _broken(checked: ValidatedRows) -> Iterator[pl.Series]:
    for name, by_rule in checked.broken.items():
        for place, rows in enumerate(by_rule):
            if len(rows):
                yield _mark(broken_mark(name, place), rows, len(checked.rows.frame))


def _withheld(checked: ValidatedRows) -> Iterator[pl.Series]:
    if checked.unwithheld is not None:
        yield from (checked.unwithheld[name].alias(withheld_mark(name)) for name in checked.broken)


def _nulled(checked: ValidatedRows) -> Iterator[pl.Series]:
    for nulled in checked.rows.nulled:
        yield _mark(f"{_NULLED}:{nulled.feature}:{nulled.why}", nulled.rows, len(checked.rows.frame))


def _since(name: str, batches: Sequence[ValidatedRows]) -> pl.Series:
    """Returns the times of each batch, repeated for its rows."""
    times = pl.Series(since_mark(name), [checked.rows.since.get(name) for checked in batches], pl.Int64)
    lengths = [len(checked.rows.frame) for checked in batches]
    return times.gather(np.repeat(np.arange(len(batches)), lengths))


def _mark(name: str, rows: Ints, many: int) -> pl.Series:
    mask = np.zeros(many, np.bool_)
    mask[rows] = True
    return pl.Series(name, mask)
