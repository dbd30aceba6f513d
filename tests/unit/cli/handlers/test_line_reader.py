"""Tests reading lines as they arrive: cut anywhere, of any length, with or without an end."""

import os
from collections.abc import Iterable
from itertools import pairwise

import pytest

from cli.handlers.line_reader import LONGEST, LineReader, chunks
from tests.support.generators.seeds import rng_of, seeds


def cut(parts: Iterable[bytes]) -> tuple[list[bytes], LineReader]:
    """Returns the lines of input read part by part."""
    lines = LineReader()
    return [line for part in parts for line in lines.ended(part)] + lines.unfinished(), lines


@pytest.mark.parametrize("seed", seeds(20))
def test_lines_do_not_depend_on_where_reading_stops(seed: int) -> None:
    rng = rng_of(seed)
    text = bytes(rng.choice(list(b"ab \r\n\x00\xff"), size=500).tolist())
    ends = [0, *sorted(rng.integers(0, 501, size=20).tolist()), 500]
    cut_lines, lines = cut(text[a:b] for a, b in pairwise(ends))
    expected = [line.removesuffix(b"\r") for line in text.split(b"\n") if line.strip()]
    assert cut_lines == expected
    assert lines.number == text.count(b"\n") + (not text.endswith(b"\n"))


def test_the_last_line_needs_no_line_break() -> None:
    assert cut([b"a\nb"])[0] == cut([b"a\nb\n"])[0] == cut([b"a", b"\n", b"b"])[0] == [b"a", b"b"]
    assert cut([])[0] == cut([b""])[0] == cut([b"\n\r\n"])[0] == []


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_line_that_is_too_long_is_left_out_and_told(end: bytes) -> None:
    long = b"x" * (LONGEST + 1)
    cut_lines, lines = cut([b"a\n", b"y" * LONGEST + b"\nb\n", long[:1_000_000], long[1_000_000:] + end])
    assert [len(line) for line in cut_lines] == [1, LONGEST, 1]
    assert lines.too_long == [(4, LONGEST + 1)]


def test_what_a_pipe_holds_is_there_at_once_and_a_pause_is_told() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stream, os.fdopen(write_end, "wb", buffering=0) as writer:
        read = chunks(stream, lambda: False)
        writer.write(b"a\nb")
        assert next(read) == b"a\nb"
        assert next(read) == b""
        writer.write(b"c\n")
        assert next(read) == b"c\n"
        writer.close()
        assert list(read) == []


def test_a_stop_ends_the_reading() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stream, os.fdopen(write_end, "wb"):
        assert list(chunks(stream, iter([False, True]).__next__)) == [b""]
