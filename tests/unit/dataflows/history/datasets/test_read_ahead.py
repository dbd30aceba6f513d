"""Tests reading ahead: the next item is computed meanwhile, in order, and an error reaches the caller."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from dataflows.history.datasets.read_ahead import ahead
from tests.support.waiting import await_that


def test_the_next_item_is_computed_while_the_present_one_is_used() -> None:
    computed = list[int]()

    def items() -> Iterator[int]:
        for number in range(3):
            computed.append(number)
            yield number

    with closing(ahead(items())) as read:
        assert next(read) == 0
        await_that(lambda: computed == [0, 1])
        assert [*read] == [1, 2]


def test_an_error_reaches_the_caller_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("damaged")

    read = ahead(items())
    assert next(read) == 1
    with pytest.raises(ValueError, match="damaged"):
        next(read)


def test_closing_early_ends_the_thread() -> None:
    with closing(ahead(iter(range(9)))) as read:
        assert next(read) == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("read_ahead")]
