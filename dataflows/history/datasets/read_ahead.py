"""Computes the next item in a thread while the caller works on the present one."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """Yields the items; two of them are in memory. Raises what computing them raises; its thread ends on `close`.

    >>> list(ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """
    with ThreadPoolExecutor(1, "read_ahead") as thread:
        present = thread.submit(_next, items)
        while item := present.result():
            present = thread.submit(_next, items)
            yield item[0]


def _next(items: Iterator[T]) -> tuple[()] | tuple[T]:
    """Returns the next item; nothing after the last, because a future cannot raise StopIteration."""
    for item in items:
        return (item,)
    return ()
