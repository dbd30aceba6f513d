"""Tests columns of a history against brute force: every interval is in one of them, and no value is invented."""

import random

import pytest

from reports.history import HistoryPoint
from serving.pages.charts import MOST, columns, panels, runs
from serving.pages.charts.history_chart import history_chart
from serving.pages.charts.time_range import RANGES, TimeRange, range_in
from serving.pages.charts.value_axis import axis_of
from tests.support.factories.quality.history_points import made_points
from tests.support.factories.quality.reports import subject_of
from tests.support.generators.seeds import fresh_seed, seeds

LENGTH_MS = 30_000
EXTREME = (0.0, -0.0, 5e-324, -5e-324, 1e-300, 1.7e308, -1.7e308, 1.0, 1e15)


def points(numbers: random.Random, many: int) -> list[HistoryPoint]:
    """Returns points; some intervals are missing, some have no values."""
    starts = sorted(numbers.sample(range(4 * many), many))
    return [
        HistoryPoint(
            start * LENGTH_MS, (start + 1) * LENGTH_MS, numbers.choice(("ok", "firing", "pending", "stale")),
            rows := numbers.randrange(0, 1_000), 0, numbers.choice((None, numbers.gauss(5, 2))) if rows else None,
            None, None, None, None, 3.0, 0.5,
        )
        for start in starts
    ]  # fmt: skip


@pytest.mark.parametrize("round_", seeds(20))
def test_every_interval_of_a_span_is_in_one_column(round_: int) -> None:
    numbers = random.Random(seed := fresh_seed() + round_)
    made = points(numbers, 400)
    start = numbers.randrange(0, 800) * LENGTH_MS
    span = TimeRange(start, start + numbers.choice((4, 50, 777, 5_000)) * LENGTH_MS)
    drawn_columns = columns(made, span)
    inside = [point for point in made if point.end_ms > span.from_ms and point.start_ms < span.to_ms]
    assert [point for column in drawn_columns for point in column.points] == inside, seed
    assert len(drawn_columns) <= MOST + 2, seed
    for column in drawn_columns:
        known = [(point.mean, max(1, point.rows)) for point in column.points if point.mean is not None]
        expected = sum(mean * rows for mean, rows in known) / sum(rows for _, rows in known) if known else None
        assert column.value(lambda point: point.mean) == (None if expected is None else pytest.approx(expected)), seed
        assert column.rows == sum(point.rows for point in column.points), seed


def test_a_line_is_never_drawn_over_a_gap() -> None:
    made = made_points(200)
    drawn_columns = columns(made, TimeRange(made[0].start_ms, made[-1].end_ms), most=10_000)
    cut = [run[-1].end_ms for run in runs(drawn_columns)]
    assert cut == [
        point.end_ms
        for point, after in zip(made, [*made[1:], None], strict=True)
        if not after or after.start_ms > point.end_ms
    ]
    assert len(cut) == 2


@pytest.mark.parametrize("low", EXTREME)
@pytest.mark.parametrize("high", EXTREME)
def test_any_values_have_a_place_on_the_axis(low: float, high: float) -> None:
    axis = axis_of([low, high])
    assert all(0 <= axis.share(value) <= 1 for value in (low, high))
    assert 2 <= len(axis.ticks()) <= 7
    assert low == high or axis.share(max(low, high)) >= axis.share(min(low, high))


@pytest.mark.parametrize("value", EXTREME)
def test_any_history_is_drawn(value: float) -> None:
    made = [
        HistoryPoint(number * 1_000, (number + 1) * 1_000, "ok", 3, 1, value, value, -value, value, None, 2.0, value)
        for number in range(9)
    ]
    span, subject = TimeRange(0, 60_000), subject_of("user_spend_1h")
    drawing = history_chart(columns(made, span), span, panels(subject, made), 4_000)
    assert drawing.startswith("<svg") and "nan" not in drawing.lower().replace("nance", "")


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"range": "x"}, {"range": ""}, {"from": "1", "to": "0"}, {"from": "5", "to": "5"}, {"from": "x", "to": "1"},
        {"from": "0", "to": "9" * 15}, {"from": "9" * 15, "to": "9" * 15}, {"from": "0"}, {"from": "٣", "to": "999999"},
    ],
)  # fmt: skip
def test_what_is_no_span_is_the_usual_one(asked: dict[str, str]) -> None:
    now_ms = 1_767_276_600_000
    assert range_in(asked, now_ms) == TimeRange(now_ms - RANGES["6h"], now_ms, "6h")


@pytest.mark.parametrize("span", [60_000, 600_000, 3_600_000, *(days * 86_400_000 for days in (1, 7, 31, 365))])
def test_an_axis_has_a_few_times(span: int) -> None:
    ticks = TimeRange(1_767_276_600_000, 1_767_276_600_000 + span).ticks()
    assert 2 <= len(ticks) <= 6 and len({label for _, label in ticks}) == len(ticks)
    assert all(0 <= share <= 1 for share, _ in ticks)
