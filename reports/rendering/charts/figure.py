"""The picture of a feature in an interval (PNG): how its values are spread now and before, and where they moved.

Drawn by seaborn from the report alone, off screen. Colours keep apart for the colour-blind, lines and fills on
grey paper. No text is read as mathematics, whatever it holds.
"""

import io
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports.formats import STATUS_WORDS, count, percent, span
from reports.plain_texts import opening, plain
from reports.records import FeatureReport, Summary
from reports.rendering.charts.bins import draw_bins
from reports.rendering.charts.categories import draw_words
from reports.rendering.charts.numbers import draw_numbers
from reports.rendering.charts.theme import GREY, INK, STATUS_COLOURS, THEME

DPI = 100
WIDTH, HEIGHT, PLAIN_HEIGHT = 600, 480, 400
TEXTS = ("STRING", "BOOL")


def image(report: FeatureReport) -> bytes:
    """The report image: 600 pixels wide, 480 high where bins can be compared, else 400."""
    compared = bool(report.bins.psi) and sum(report.bins.counts) > 0 and report.subject.value_type not in TEXTS
    with _figure(WIDTH, HEIGHT if compared else PLAIN_HEIGHT) as figure:
        _headed(figure, report)
        if report.subject.value_type in TEXTS:
            draw_words(figure, report)
        else:
            upper = figure.add_axes((0.115, 0.385, 0.85, 0.445) if compared else (0.115, 0.125, 0.85, 0.67))
            draw_numbers(upper, report)
            if compared:
                draw_bins(figure.add_axes((0.115, 0.1, 0.85, 0.15)), report)
        _noted(figure, report)
        return _png(figure)


def draw_note(report: FeatureReport, why: str) -> bytes:
    """Renders an image with a note in place of a chart."""
    with _figure(WIDTH, PLAIN_HEIGHT) as figure:
        _headed(figure, report)
        lines = textwrap.wrap(plain(why, 300), 70)
        figure.text(0.5, 0.46, "\n".join(lines), size=10, color=INK, ha="center", va="center")
        return _png(figure)


def has_values(summary: Summary) -> bool:
    """Whether the report holds values to draw."""
    return bool(summary.curve or summary.top)


@contextmanager
def _figure(width: int, height: int) -> Iterator[Figure]:
    """A figure that pyplot knows nothing of, so that nothing keeps it when it is drawn."""
    with mpl.rc_context(THEME), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a box replaces the glyph
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")  # from left to right then
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
        FigureCanvasAgg(figure)
        try:
            yield figure
        finally:
            figure.clear()


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=DPI)
    return out.getvalue()


def _headed(figure: Figure, report: FeatureReport) -> None:
    """The name, below it when and how many; the status on the right."""
    height = figure.get_figheight() * DPI
    summary = report.summary
    figure.text(0.02, 1 - 14 / height, plain(report.subject.feature, 44), size=13, weight="bold", color=INK, va="top")
    facts = [span(report.start_ms, report.end_ms), f"n {count(summary.rows - summary.nulls)}"]
    facts += [f"{percent(summary.nulls / summary.rows)} null"] if summary.nulls else []
    facts += [] if report.closed else ["still open"]
    figure.text(0.02, 1 - 39 / height, "  ·  ".join(facts), size=9, color=GREY, va="top")
    colour = STATUS_COLOURS[report.status]
    box = {"boxstyle": "round,pad=0.35", "facecolor": colour, "edgecolor": "none"}
    words = STATUS_WORDS[report.status]
    figure.text(0.975, 1 - 16 / height, words, size=9, color="white", weight="bold", ha="right", va="top", bbox=box)


def _noted(figure: Figure, report: FeatureReport) -> None:
    """Adds the note of the status; centred if the image holds no chart."""
    empty = not has_values(report.summary)
    text = opening(report.note, 80) or ("no value in this interval" if empty else "")
    if empty:
        box = {"boxstyle": "round,pad=0.6", "facecolor": "white", "edgecolor": GREY}
        figure.text(0.5, 0.46, text, size=10, color=INK, ha="center", va="center", bbox=box)
    elif text:
        top = 1 - 57 / (figure.get_figheight() * DPI)
        figure.text(0.02, top, text, size=8.5, color=STATUS_COLOURS[report.status], va="top")
