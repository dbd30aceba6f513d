"""Draws a feature before and after: numbers as histograms over common bars, texts as shares.

Uses the colours and fonts of the reports, on white.
"""

import io
import warnings
from collections import Counter
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from governance.changes.comparison.report import FeatureComparison, SampledHistogram, ValueProfile
from governance.changes.comparison.showing import facts
from reports.formats import number, percent
from reports.plain_texts import plain
from reports.rendering.charts.theme import BEFORE, BROKEN, GREY, INK, LARGE, NOW, SMALL, THEME

DPI = 150
SIZE = (6.4, 3.6)
_LETTERS, _TEXTS = 26, 7
_DRAWN = 1e-100, 1e100
_LARGEST = float(np.finfo(np.float64).max)


def picture(feature: FeatureComparison) -> bytes:
    """Returns the PNG of a feature with values."""
    with mpl.rc_context(THEME), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a box replaces the glyph
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        figure = Figure(figsize=SIZE, dpi=DPI)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.1, 0.15, 0.87, 0.6) if feature.bars else (0.3, 0.15, 0.67, 0.6))
        handles = _numbers(axes, feature, feature.bars) if feature.bars else _texts(axes, feature)
        _headed(figure, feature, handles)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=DPI)
        return out.getvalue()


def _headed(figure: Figure, feature: FeatureComparison, handles: list[Any]) -> None:
    figure.text(0.02, 0.965, plain(feature.feature, 60), size=LARGE * 0.9, weight="bold", color=INK, va="top")
    figure.text(0.02, 0.875, _fact(feature), size=SMALL * 0.85, color=GREY, va="top")
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.01, 0.825), ncols=2, fontsize=SMALL * 0.85)


def _fact(feature: FeatureComparison) -> str:
    size = f"{feature.rows:,} values of {feature.entities:,} entities, {facts.nulls_words(feature)} null"
    sampled = f", drawn from {feature.bars.sampled:,}" if feature.bars and feature.bars.sampled < feature.rows else ""
    equal = f"{facts.equal_words(feature)} equal of " if feature.status == "changed" else ""
    return f"{equal}{size}{sampled}"


def _numbers(axes: Axes, feature: FeatureComparison, bars: SampledHistogram) -> list[Any]:
    scale = _scale_of(bars)
    edges, handles = np.array(bars.edges) * scale, list[Any]()
    if sum(bars.after):
        _hist(axes, edges, bars.after, color=NOW, fill=True, alpha=0.35, linewidth=0)
        handles.append(Patch(facecolor=NOW, alpha=0.55, label=_label("after", feature, feature.after)))
    if sum(bars.before) and feature.before is not None:
        _hist(axes, edges, bars.before, color=BEFORE, fill=False, linewidth=1.6, linestyle="--")
        handles.append(Line2D([], [], color=BEFORE, linestyle=BROKEN, label=_label("before", feature, feature.before)))
    beyond = sum(bars.beyond) / max(1, sum(bars.before) + sum(bars.after) + sum(bars.beyond))
    axes.set(xlabel=f"without {percent(beyond)} far out" if beyond else "", ylabel="% of values")
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(feature, float(value), scale)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    return handles


def _hist(axes: Axes, edges: np.ndarray, counts: tuple[int, ...], **style: Any) -> None:
    points, weights = (edges[:-1] + edges[1:]) / 2, np.array(counts, float)
    sns.histplot(x=points, weights=weights, bins=edges.tolist(), stat="percent", element="step", ax=axes, **style)


def _scale_of(bars: SampledHistogram) -> float:
    """Returns the factor for drawn numbers, because the library draws no very large or very small ones."""
    greatest = max(abs(bars.edges[0]), abs(bars.edges[-1]))
    return 1.0 if _DRAWN[0] < greatest < _DRAWN[1] else 1.0 / greatest


def _tick(feature: FeatureComparison, value: float, scale: float) -> str:
    """Returns the number at a place of the axis."""
    return facts.shown_number(feature, max(-_LARGEST, min(_LARGEST, value / scale)))


def _label(side: str, feature: FeatureComparison, profile: ValueProfile) -> str:
    return f"{side}, mean {facts.shown_number(feature, profile.mean)}"


def _texts(axes: Axes, feature: FeatureComparison) -> list[Any]:
    sides = {"after": feature.after} | ({"before": feature.before} if feature.before is not None else {})
    texts = _shown_texts(list(sides.values()))
    rows = [
        {"text": plain(text, _LETTERS), "side": side, "share": 100 * count / max(1, feature.rows)}
        for side, profile in sides.items()
        for text, count in profile.frequent
        if text in texts
    ]
    colours = {"after": NOW, "before": BEFORE}
    table = pd.DataFrame(rows)
    hues = [side for side in ("before", "after") if side in sides]
    sns.barplot(
        table, y="text", x="share", hue="side", hue_order=hues, palette=colours, ax=axes, errorbar=None, legend=False
    )
    axes.set(xlabel="% of values", ylabel="")
    axes.tick_params(axis="y", labelsize=SMALL * 0.8)
    axes.grid(axis="x")
    return [Patch(facecolor=colours[side], label=side) for side in hues]


def _shown_texts(sides: list[ValueProfile]) -> list[str]:
    """Returns the most frequent texts of some side."""
    most = Counter[str]()
    for side in sides:
        most |= Counter(dict(side.frequent))
    return [text for text, _ in most.most_common(_TEXTS)]
