"""Tests charts: sizes, contents and positions, odd values, hostile texts, memory."""

import io
import math
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from matplotlib import mathtext
from matplotlib.figure import Figure
from PIL import Image

from reports.profiling import Profile, histogram_of, kind_of, summary_of
from reports.records import STATUSES, FeatureReport, Histogram, Status, Summary
from reports.rendering.charts import bars, darkened, figure
from reports.rendering.charts.categories import shares_of
from tests.support.factories.quality.figures import PIXELS, opened, overlaps, shown, texts
from tests.support.factories.quality.reports import made_feature, subjects
from tests.support.generators.seeds import rng_of, some


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Figure]]:
    """Collects the figures at the time they are saved."""
    saved, save = list[Figure](), Figure.savefig

    def remember(figure: Figure, *arguments: Any, **named: Any) -> None:
        save(figure, *arguments, **named)
        monkeypatch.setattr(figure, "clear", lambda: None)  # keeps the figure for later checks
        saved.append(figure)

    monkeypatch.setattr(Figure, "savefig", remember)
    yield saved


def changed(report: FeatureReport, **fields: object) -> FeatureReport:
    replaced: FeatureReport = msgspec.structs.replace(report, **fields)
    return replaced


@pytest.mark.parametrize("feature", some([subject.feature for subject in subjects()]))
def test_every_feature_has_a_picture_without_texts_over_each_other(feature: str, figures: list[Figure]) -> None:
    report = made_feature(feature)
    png = figure.image(report)
    image = opened(png)
    assert (image.width, image.height) == (PIXELS, 705)
    assert len(png) < 40_000
    assert feature in texts(figures[0])
    assert overlaps(figures[0]) == []


@pytest.mark.parametrize("status", some(list(STATUSES)))
@pytest.mark.parametrize("feature", some(["user_spend_1h", "user_last_device", "item_last_sold_at"]))
def test_every_status_is_said_with_its_reason(status: Status, feature: str, figures: list[Figure]) -> None:
    report = made_feature(feature, status=status)
    figure.image(report)
    assert status.replace("_", " ") in texts(figures[0])
    assert report.note in " ".join(texts(figures[0])).replace("\n", " ")


def test_title_says_when_and_how_many(figures: list[Figure]) -> None:
    report = made_feature("user_spend_1h", rows=10_000)
    figure.image(report)
    assert "2026-01-01 14:05 to 14:10 UTC, n 9,800, 2 % null" in texts(figures[0])


def test_without_a_reference_the_baseline_is_a_curve_that_says_so(figures: list[Figure]) -> None:
    figure.image(made_feature("user_payment_z_score", status="no_baseline"))
    labels = texts(figures[0])
    assert "baseline, normal: mean 0, std 1" in labels
    assert "baseline mean 0" in labels
    assert not [text for text in labels if text.startswith("usual")]


def histogram_artists(figure: Figure) -> list[Any]:
    """Returns what seaborn filled: the histogram of now."""
    (axes,) = figure.axes
    return list(axes.collections)


def test_a_histogram_has_the_shares_of_its_bars_and_a_density_over_it(figures: list[Figure]) -> None:
    values, before = rng_of(7).normal(10, 3, 5_000), rng_of(8).normal(12, 3, 50_000)
    histogram = histogram_of(profiled("DOUBLE", pl.Series(values)), profiled("DOUBLE", pl.Series(before)))
    report = changed(made_feature("user_spend_1h"), histogram=histogram)
    figure.image(report)
    (filled,) = histogram_artists(figures[0])
    corners = filled.get_paths()[0].vertices
    now, _ = bars(report.histogram)
    edges = histogram.low + histogram.width * histogram.joined * np.arange(len(now) + 1)
    assert now == pytest.approx(np.histogram(values, edges)[0] / len(values), abs=2e-3)  # an edge cuts a cell
    assert corners[:, 1].max() == pytest.approx(100 * now.max())
    density, dashed = figures[0].axes[0].lines[:2]
    step = report.histogram.width * report.histogram.joined
    for line in (density, dashed):
        places, percents = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        assert np.trapezoid(percents, places) == pytest.approx(100 * step, rel=0.03)


@pytest.mark.parametrize("many", [200, 700, 3_000])
def test_many_whole_numbers_have_bars_of_equal_whole_width_without_gaps(many: int) -> None:
    """Numbers that occur equally often: with bars of unequal width some would stand out."""
    values = pl.Series(np.repeat(np.arange(many), 20))
    histogram = histogram_of(profiled("INT64", values), None)
    (tall,) = bars(histogram)
    assert histogram.width == int(histogram.width)
    assert (histogram.low + 0.5) % 1 == 0
    assert sum(histogram.counts) == len(values)
    inner = tall[1:-1]
    assert inner.max() / inner.min() < 1.02


def profiled(value_type: str, values: pl.Series) -> Profile:
    profile = Profile(kind_of(value_type), rules=0)
    profile.add(values, [])
    return profile


ODD = {
    "equal": [5.0] * 9,
    "zero": [0.0],
    "far": [-1e299, *[0.0] * 127, 1e299],
    "farthest": [-1.7e308, 1.7e308],
    "great": [1e15, *[1e15 + 1] * 128],
    "greater": [2.0**60, 2.0**60 + 4096],
    "infinite": [-math.inf, *np.linspace(0, 1, 127).tolist(), math.inf],
    "only infinite": [math.inf] * 3,
    "tiny": [1e-300, *[2e-300] * 128],
    "least": [5e-324, 1e-323],
    "neighbours": [1.0, math.nextafter(1.0, 2.0)],
    "few": [1.0, 2.0],
    "none": [],
}


@pytest.mark.parametrize("odd", some(list(ODD)))
@pytest.mark.parametrize("feature", some(["user_spend_1h", "item_orders_24h", "item_last_sold_at", "item_last_buyers"]))
def test_odd_values_are_drawn(odd: str, feature: str) -> None:
    """As doubles under each type: the cells and the report decide what is drawn, not the column."""
    profile = profiled("DOUBLE", pl.Series(ODD[odd], dtype=pl.Float64))
    report = changed(made_feature(feature, status="ok"), summary=summary_of(profile))
    for before in (None, profile, profiled("DOUBLE", pl.Series([1.0, 3.0]))):
        histogram = histogram_of(profile, before)
        finite = sum(map(math.isfinite, ODD[odd]))
        assert sum(histogram.counts) + histogram.outside[0] == (finite if histogram.counts else 0)
        assert opened(figure.image(changed(report, histogram=histogram))).width == PIXELS


def test_a_picture_for_dark_pages_has_light_texts_on_a_dark_card_and_the_same_hues() -> None:
    light = figure.image(made_feature("user_spend_1h"))
    dark = np.asarray(opened(darkened(light)).convert("RGB"), np.float64)
    pixels = np.asarray(opened(light).convert("RGB"), np.float64)
    assert tuple(pixels[-1, -1]) == (255, 255, 255)
    assert tuple(dark[-1, -1]) == (23, 28, 34)
    firing = np.argmin(np.abs(pixels - (179, 38, 30)).sum(axis=2))
    assert dark.reshape(-1, 3)[firing].argmax() == 0  # red stays red
    assert dark.reshape(-1, 3)[firing].sum() > pixels.reshape(-1, 3)[firing].sum()
    assert darkened(note_in_true_colour()) == note_in_true_colour()


def note_in_true_colour() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (2, 2), "white").save(out, "png")
    return out.getvalue()


def test_texts_can_be_read_on_a_phone(figures: list[Figure]) -> None:
    """Shown 336 pixels wide, the smallest text is as high as a text of nine pixels."""
    figure.image(made_feature("user_spend_1h"))
    points = [float(text.get_fontsize()) for text in shown(figures[0])]
    assert min(points) * figure.DPI / 72 * 336 / figure.WIDTH >= 8.5


def test_an_interval_without_values_says_so(figures: list[Figure]) -> None:
    report = changed(
        made_feature("user_spend_1h", status="ok"), summary=Summary(rows=0), histogram=Histogram(), note=""
    )
    figure.image(report)
    assert "no values in this interval" in texts(figures[0])


HOSTILE = ("$\\frac{", "$x^$", "\x00\x1b[31m", "\u202eabc", "x" * 10_000, "日本語 😀", "<b>", "_", "", "%s\n\n\n")


def test_texts_of_strangers_are_only_texts(figures: list[Figure], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a text was read as mathematics")

    monkeypatch.setattr(mathtext.MathTextParser, "parse", refuse)
    report = made_feature("user_last_device")
    labels = HOSTILE[: len(report.bins.labels)]
    hostile = changed(
        report,
        bins=msgspec.structs.replace(report.bins, labels=labels),
        subject=msgspec.structs.replace(report.subject, feature="$\\frac{" + "long_" * 100, owner="$"),
        note="$\\alpha$ {0} " + "x" * 300,
    )
    figure.image(hostile)
    assert overlaps(figures[0]) == []
    assert all(text.isprintable() for text in texts(figures[0]))


def test_only_the_most_frequent_texts_are_shown_and_the_rest_as_one() -> None:
    report = made_feature("user_home_country", status="ok")
    many = 40
    bins = msgspec.structs.replace(
        report.bins,
        labels=(*(f"c{number}" for number in range(many)), "(other)"),
        counts=tuple(range(many + 1, 0, -1)),
        reference=tuple(range(many + 1, 0, -1)),
    )
    shares = shares_of(changed(report, bins=bins))
    assert shares.labels[:2] == ("c0", "c1")
    assert shares.labels[-1] == "(other)"
    assert len(shares.labels) <= 8
    assert sum(shares.now) == pytest.approx(1)
    assert sum(shares.before) == pytest.approx(1)
