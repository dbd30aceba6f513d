"""Compares two values of a feature: integers exactly, others within 1e-9 of the larger one."""

import polars as pl

RELATIVE = 1e-9


def differing(values: pl.Series, other: pl.Series) -> pl.Series:
    """Returns a mask of the rows that differ; two nulls are equal.

    >>> differing(pl.Series([1.0, None, 3.0]), pl.Series([1.0 + 1e-12, None, None])).to_list()
    [False, False, True]
    """
    if values.dtype.is_float():
        return ~_close(values, other)
    if isinstance(values.dtype, pl.List) and values.dtype.inner.is_float():
        return _lists_differ(values, other)
    return values.ne_missing(other)


def _close(values: pl.Series, other: pl.Series) -> pl.Series:
    pair = pl.DataFrame([values.alias("one"), other.alias("other")])
    apart, size = (pl.col("one") - pl.col("other")).abs(), pl.max_horizontal(pl.all().abs())
    close = (apart <= RELATIVE * size) | pl.col("one").eq_missing(pl.col("other"))
    return pair.select(close.fill_null(False)).to_series()


def _lists_differ(values: pl.Series, other: pl.Series) -> pl.Series:
    lengths = values.list.len().ne_missing(other.list.len())
    both = pl.DataFrame([values.alias("one"), other.alias("other")]).with_row_index("row").filter(~lengths)
    long = both.explode("one", "other")
    wrong = long.filter(differing(long.get_column("one"), long.get_column("other"))).get_column("row")
    marks = lengths.to_numpy().copy()
    marks[wrong.to_numpy()] = True
    return pl.Series(marks)
