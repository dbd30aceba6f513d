"""Tests charts of extreme values: huge, tiny, all equal, hostile texts."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from cli.handlers.history.file_position import FilePosition
from connectors.messages import RawBatch
from governance.changes.comparison.measures.spread import bars_of
from governance.changes.comparison.report import DataComparison, FeatureComparison, ValueProfile
from governance.changes.comparison.showing import report_lines, section, with_pictures
from governance.changes.comparison.showing.sparkline import sparklines

PNG = b"\x89PNG\r\n\x1a\n"
EXTREMES = {
    "huge": ([1e308, -1e308, 0.0], [1.7e308]),
    "tiny": ([5e-324, 1e-300], [0.0]),
    "the same": ([7.0] * 9, [7.0] * 3),
    "one huge": ([1.7e308], [1.7e308]),
    "close": ([1e15, 1e15 + 0.125], [1e15]),
    "one side": ([1.0, 2.0], []),
}


def feature(**fields: object) -> FeatureComparison:
    made = FeatureComparison(
        feature="spend",
        entity_type="user",
        status="changed",
        value_type="DOUBLE",
        rows=9,
        entities=2,
        equal=1,
        before=ValueProfile(nulls=0, mean=1.0),
        after=ValueProfile(nulls=1, mean=2.0),
    )
    return msgspec.structs.replace(made, **fields)


def shown(comparison: FeatureComparison, folder: Path) -> bytes:
    report = DataComparison(data="a", interval_ms=1_000, until_ms=1, sources=(), features=(comparison,))
    drawn = with_pictures(report, folder)
    assert list(report_lines(drawn))
    assert "charts: " in section(drawn)
    return (folder / "spend.png").read_bytes()


@pytest.mark.parametrize("name", EXTREMES)
def test_numbers_of_all_sizes_are_drawn(tmp_path: Path, name: str) -> None:
    before, after = (np.array(numbers) for numbers in EXTREMES[name])
    bars = bars_of(before, after, 9)
    assert bars is not None
    assert np.isfinite(bars.edges).all()
    assert (np.diff(bars.edges) > 0).all()
    assert sum(bars.before) + bars.beyond[0] == len(before)
    assert sum(bars.after) + bars.beyond[1] == len(after)
    assert shown(feature(bars=bars), tmp_path / "new" / "folder").startswith(PNG)


def test_texts_are_drawn_whatever_they_say(tmp_path: Path) -> None:
    texts = ("$x^2$", "\x1b[2J", "a" * 900, "עברית", "", "\n")
    frequent = tuple((text, count) for count, text in enumerate(texts, 1))
    comparison = feature(
        value_type="STRING", after=ValueProfile(nulls=0, frequent=frequent), before=ValueProfile(nulls=9)
    )
    assert shown(comparison, tmp_path).startswith(PNG)


def test_without_values_nothing_is_drawn(tmp_path: Path) -> None:
    report = DataComparison(data="a", interval_ms=1, until_ms=1, sources=(), features=(feature(rows=0, equal=0),))
    assert with_pictures(report, tmp_path / "none") is report
    assert not (tmp_path / "none").exists()


def test_a_line_of_bars_has_its_length_and_scale() -> None:
    before, after = sparklines([0] * 40, [1, *[0] * 38, 1])
    assert (len(before), len(after)) == (20, 20)
    assert (before, after[0], after[-1], set(after[1:-1])) == ("·" * 20, "█", "█", {"·"})


def test_a_file_is_read_by_its_bytes() -> None:
    position = FilePosition(size=100)
    assert position.share(0) == 0.0
    position.advance(RawBatch("0", [b"x" * 9] * 5, 0, 0, str))
    assert (position.rows, position.share(0), position.newest_ms) == (5, 0.5, 0)
    position.advance(RawBatch("0", [], 0, 0, str, ended=True))
    assert position.share(0) == 1.0
