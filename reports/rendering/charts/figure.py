"""Draws the picture of a feature in an interval (PNG): the distribution of its values now and before.

seaborn draws from the report alone, off screen. Colours are distinguishable by the colour-blind, lines and fills on
grey paper. No text is interpreted as mathematics.
"""

import io
import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from PIL import Image

from reports.formats import STATUS_WORDS, count, percent
from reports.moments import span
from reports.plain_texts import opening, plain
from reports.records import FeatureReport
from reports.rendering.charts.categories import draw_words
from reports.rendering.charts.numbers import draw_numbers
from reports.rendering.charts.theme import GREY, INK, LARGE, MEDIUM, SMALL, STATUS_COLOURS, THEME

DPI = 100
WIDTH, HEIGHT = 600, 470
SHARPNESS = 1.5  # pixels drawn per pixel shown: phones have two or three
COLOURS = 96
TEXTS = ("STRING", "BOOL")
TITLE_LETTERS, SMALLEST_TITLE = 34, 60
NOTE_LETTERS, NOTE_LINES = 60, 2
LEGEND_LETTERS = 58  # of two entries that fit beside each other
FACT_LETTERS = 60  # in a line
EDGE, LINE, BOTTOM = 12, 21, 60  # pixels
RIGHT = 0.97
Draw = Callable[[Axes, FeatureReport], list[Patch | Line2D]]


def image(report: FeatureReport) -> bytes:
    """Returns the picture, 900 pixels wide, to be shown at 600 or less."""
    with _figure() as figure:
        top = _headed(figure, report)
        if not has_values(report):
            _centred(figure, report.note or "no values in this interval")
        elif report.subject.value_type in TEXTS:
            _chart(figure, report, draw_words, 0.27, top)
        else:
            _chart(figure, report, draw_numbers, 0.12, top)
        return _png(figure)


def draw_note(report: FeatureReport, why: str) -> bytes:
    """Renders an image with a note in place of a chart."""
    with _figure() as figure:
        _headed(figure, report)
        _centred(figure, why)
        return _png(figure)


def has_values(report: FeatureReport) -> bool:
    """Returns whether the report holds values to draw."""
    return bool(report.histogram.counts or report.summary.top)


@contextmanager
def _figure() -> Iterator[Figure]:
    """Yields a figure that pyplot does not track, so that it is freed after drawing."""
    with mpl.rc_context(THEME), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a box replaces the glyph
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")  # from left to right then
        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=SHARPNESS * DPI)
        FigureCanvasAgg(figure)
        try:
            yield figure
        finally:
            figure.clear()


def _png(figure: Figure) -> bytes:
    """Encodes with few colours: a third of the bytes, and another theme is another palette."""
    drawn, out = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="raw", dpi=figure.dpi)
    size = round(WIDTH * SHARPNESS), round(HEIGHT * SHARPNESS)
    picture = Image.frombytes("RGBA", size, drawn.getvalue()).convert("RGB")
    picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "png")
    return out.getvalue()


def _headed(figure: Figure, report: FeatureReport) -> float:
    """Draws the name, then time, counts and reason, with the status on the right; returns the lower end (pixels)."""
    name = plain(report.subject.feature, SMALLEST_TITLE)
    size = LARGE * min(1.0, TITLE_LETTERS / len(name))
    colour = STATUS_COLOURS[report.status]
    _line(figure, 14, name, size=size, weight="bold", color=INK)
    box = {"boxstyle": "round,pad=0.3", "facecolor": colour, "edgecolor": "none"}
    figure.text(
        1 - 16 / WIDTH, 1 - 18 / HEIGHT, STATUS_WORDS[report.status],
        size=SMALL, color="white", weight="bold", ha="right", va="top", bbox=box,
    )  # fmt: skip
    lines = [(text, GREY) for text in _facts(report)]
    lines += [(text, colour) for text in _note_lines(report) if has_values(report)]
    for index, (text, shade) in enumerate(lines):
        _line(figure, 46 + index * LINE, text, size=SMALL, color=shade)
    return 46 + LINE * len(lines)


def _facts(report: FeatureReport) -> list[str]:
    """Returns time and counts, in one line if they fit."""
    summary = report.summary
    when = span(report.start_ms, report.end_ms) + ("" if report.closed else ", still open")
    nulls = f", {percent(summary.nulls / summary.rows)} null" if summary.nulls else ""
    size = f"n {count(summary.rows - summary.nulls)}{nulls}"
    return [f"{when}, {size}"] if len(when) + len(size) < FACT_LETTERS else [when, size]


def _note_lines(report: FeatureReport) -> list[str]:
    text = opening(report.note, NOTE_LETTERS * NOTE_LINES)
    return textwrap.wrap(text, NOTE_LETTERS, max_lines=NOTE_LINES, placeholder="…")


def _line(figure: Figure, down: float, text: str, **style: Any) -> None:
    figure.text(EDGE / WIDTH, 1 - down / HEIGHT, text, va="top", **style)


def _centred(figure: Figure, why: str) -> None:
    lines = textwrap.wrap(plain(why, 300), 50)
    figure.text(0.5, 0.42, "\n".join(lines), size=MEDIUM, color=INK, ha="center", va="center")


def _chart(figure: Figure, report: FeatureReport, draw: Draw, left: float, top: float) -> None:
    """Draws the chart below `top` pixels and below its legend."""
    axes = figure.add_axes((left, BOTTOM / HEIGHT, RIGHT - left, 0.5))
    reaches = _legend(figure, draw(axes, report), top) + 10
    axes.set_position((left, BOTTOM / HEIGHT, RIGHT - left, 1 - (reaches + BOTTOM) / HEIGHT))


def _legend(figure: Figure, handles: list[Patch | Line2D], top: float) -> float:
    """Draws the legend above the axes, where it hides no bar; returns its lower end (pixels)."""
    half = -(-len(handles) // 2)
    letters = [len(str(handle.get_label())) for handle in handles]
    columns = 2 if max(letters[:half], default=0) + max(letters[half:], default=0) <= LEGEND_LETTERS else 1
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(EDGE / WIDTH, 1 - (top - 2) / HEIGHT), ncols=columns,
        borderpad=0, borderaxespad=0, labelspacing=0.3, handlelength=1.6, columnspacing=1.2,
    )  # fmt: skip
    return top + LINE * -(-len(handles) // columns)
