"""Draws texts and truth values: bars of the most frequent ones, now against before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reports.formats import percent, plural
from reports.plain_texts import plain
from reports.records import Bins, FeatureReport
from reports.rendering.charts.theme import BEFORE, INK, NOW, SMALL

MOST = 8
LETTERS = 16
MOSTLY = 0.95
"""Share of a bin from which it is named after its most frequent text."""
Handle = Patch | Line2D


@dataclass(frozen=True, slots=True)
class LabelShares:
    """Shares of labels now and before, the most frequent first; `before` is empty without a reference."""

    labels: tuple[str, ...]
    now: tuple[float, ...]
    before: tuple[float, ...]


def shares_of(report: FeatureReport) -> LabelShares:
    """Returns shares from the bins if there is a reference, otherwise from the frequent values."""
    bins, summary = without_empty(report.bins), report.summary
    if bins.labels and sum(bins.reference):
        n, m = max(1, sum(bins.counts)), sum(bins.reference)
        now, before = [count / n for count in bins.counts], [count / m for count in bins.reference]
        few = len(bins.labels) <= MOST
        labels = (*bins.labels[:-1], others_of(report, bins)) if few else (*bins.labels[: MOST - 1], bins.labels[-1])
        return LabelShares(labels, _grouped(now), _grouped(before))
    n = max(1, summary.rows - summary.nulls)
    top = summary.top[:MOST]
    return LabelShares(tuple(entry.value for entry in top), tuple(entry.count / n for entry in top), ())


def others_of(report: FeatureReport, bins: Bins) -> str:
    """Names the last bin: all others, unless nearly all of it is one new text.

    A new value that an alert names has the same name in the picture.
    """
    new = next((top for top in report.summary.top if top.value not in bins.labels), None)
    if len(bins.labels) == len(report.bins.labels) and new and new.count >= MOSTLY * bins.counts[-1] > 0:
        return new.value
    return bins.labels[-1]


def without_empty(bins: Bins) -> Bins:
    """Removes the last bin, all other texts, if it is empty on both sides."""
    if not bins.labels or bins.counts[-1] or bins.reference[-1]:
        return bins
    return Bins(labels=bins.labels[:-1], counts=bins.counts[:-1], reference=bins.reference[:-1], psi=bins.psi[:-1])


def draw_words(axes: Axes, report: FeatureReport) -> list[Handle]:
    """Draws a bar per category from the top down, with a frame at its share before; returns the legend entries."""
    shares = shares_of(report)
    places = np.arange(len(shares.labels))
    axes.barh(places, shares.now, height=0.62, color=NOW, alpha=0.75)
    for place, share in zip(places, shares.now, strict=True):
        axes.text(share, float(place), f" {percent(share)}", va="center", size=SMALL, color=INK)
    if shares.before:
        axes.barh(places, shares.before, height=0.8, fill=False, edgecolor=BEFORE, linewidth=1.8, linestyle="--")
    axes.set_yticks(places, [plain(label, LETTERS) for label in shares.labels])
    axes.set(ylim=(max(len(places), 3) - 0.4, -0.6), xlim=(0, 1.25 * max((*shares.now, *shares.before, 0.01))))
    axes.set_xlabel("share of values")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    return _handles(report, shares)


def _handles(report: FeatureReport, shares: LabelShares) -> list[Handle]:
    handles: list[Handle] = [Patch(facecolor=NOW, alpha=0.75, label="now")]
    if shares.before:
        label = f"usual ({plural(report.reference_intervals, 'interval')})"
        handles.append(Patch(fill=False, edgecolor=BEFORE, linestyle="--", linewidth=1.8, label=label))
    elif "true_ratio" in report.subject.baseline:
        ratio = percent(report.subject.baseline["true_ratio"])
        handles.append(Line2D([], [], linestyle="", label=f"baseline: {ratio} true"))
    return handles


def _grouped(values: Sequence[float]) -> tuple[float, ...]:
    """Keeps the first values and sums the others."""
    return tuple(values) if len(values) <= MOST else (*values[: MOST - 1], sum(values[MOST - 1 :]))
