"""Tests a file of events: every line once, however it is cut and wherever reading resumes; errors name wrong fields."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from connectors.messages import Extent
from governance.changes.comparison import UnknownData, events_of
from governance.changes.comparison.events import EventFiles, EventFileSource, RecentEvents
from tests.support.generators.seeds import rng_of, seeds

SOURCES = ("logins", "orders")


def read(source: EventFileSource, part: str, stops: bool = False) -> Iterator[bytes]:
    """Yields all payloads of a part; with `stops` it is reopened after each batch."""
    partition = source.build_part("in", part, None)
    while True:
        (batch,) = partition.next_batch()
        yield from batch.payloads
        if batch.ended:
            partition.close()
            return
        if stops:
            state = partition.snapshot()
            partition.close()
            partition = source.build_part("in", part, state)


@pytest.mark.parametrize("seed", seeds())
def test_every_line_comes_once_in_its_order(tmp_path: Path, seed: int) -> None:
    rng = rng_of(seed)
    lines = [b"x" * int(length) + str(place).encode() for place, length in enumerate(rng.integers(0, 40, 300))]
    breaks = [b"\n", b"\r\n", b"\n\n", b"\n \n"]
    text = b"".join(line + breaks[int(rng.integers(len(breaks)))] for line in lines)
    path = tmp_path / "events.jsonl"
    path.write_bytes(text.rstrip() if seed % 2 else text)
    cuts = sorted({0, path.stat().st_size, *rng.integers(0, path.stat().st_size, seed).tolist()})
    extents = {str(start): Extent(str(start), str(end)) for start, end in pairwise(cuts)}
    source = EventFileSource(path, extents, batch_rows=7, stopping=lambda: False)
    for stops in (False, True):
        assert [line for part in source.list_parts() for line in read(source, part, stops)] == lines


def test_an_empty_file_has_no_parts(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    path.touch()
    assert EventFileSource(path, {}, 10, lambda: False).list_parts() == []


def test_what_is_asked_is_known_by_its_form(tmp_path: Path) -> None:
    path = tmp_path / "a=b.jsonl"
    path.touch()
    assert isinstance(events_of(["90m"], SOURCES), RecentEvents)
    assert events_of(["archive"], SOURCES).words == "the archive"
    assert events_of([str(path)], SOURCES) == EventFiles({"": path})
    assert events_of([f"orders={path}", f"logins={path}"], SOURCES) == EventFiles({"orders": path, "logins": path})


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["nowhere.jsonl"], "no such file"),
        (["2x"], "expected a duration such as 2h"),
        (["order=FILE"], "unknown source order, both before and after; hint: did you mean orders?"),
        (["orders=nowhere"], "no such file"),
        (["orders=."], "not a file"),
        (["orders=FILE", "orders=FILE"], "expected each source once"),
        (["FILE", "orders=FILE"], "combined with other"),
        (["orders=FILE", "FILE"], "combined with other"),
        (["2h", "FILE"], "a duration and the archive cannot be combined with others"),
        (["FILE", "archive"], "a duration and the archive cannot be combined with others"),
    ],
)
def test_what_names_no_events_is_said(tmp_path: Path, written: list[str], said: str) -> None:
    path = tmp_path / "events.jsonl"
    path.touch()
    with pytest.raises(UnknownData, match=re.escape(said)):
        events_of([text.replace("FILE", str(path)) for text in written], SOURCES)


def test_a_file_without_a_name_is_of_the_only_source(tmp_path: Path) -> None:
    files = EventFiles({"": tmp_path})
    assert list(files.lacks(["orders"])) == []
    with pytest.raises(UnknownData, match="the changed features read logins, orders"):
        files.lacks(["orders", "logins"])
