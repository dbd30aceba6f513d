"""Draws numbers, lengths and times: histograms with their densities, now over before."""

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reports.formats import number, percent, plural, reading
from reports.records import FeatureReport
from reports.rendering.charts.axis import axis_name, scale_of, tick
from reports.rendering.charts.baseline import draw_baseline, widened
from reports.rendering.charts.densities import DensityData, HistogramSide, drawn
from reports.rendering.charts.theme import BEFORE, BROKEN, NOW

FEW_BARS = 14  # integers with fewer bars need no density
NARROW = 1e-12  # of the greatest value
LEAST_SPREAD = 1e-140  # smallest spread whose square is a double
SILVERMAN = 0.9
WHOLE_STEPS, STEPS = [1, 2, 5, 10], [1, 2, 2.5, 5, 10]
OF_A_NORMAL = 1.34  # interquartile range of a normal in deviations
OF_A_BAR = 0.6  # keeps a density no rougher than the bars
Handle = Patch | Line2D


def draw_numbers(axes: Axes, report: FeatureReport) -> list[Handle]:
    """Draws now filled, and the reference or the baseline as a dashed line; returns the legend entries."""
    if not (report.histogram.counts or report.histogram.reference):
        axes.axis("off")
        return []
    sides = drawn(report.histogram, scale_of(report))
    handles: list[Handle] = []
    if sides.now.count_within:
        handles.append(_filled(axes, sides, report))
    if sides.before and sides.before.count_within:
        handles.append(_outlined(axes, sides, sides.before, report))
    axes.set_xlim(*widened(report, float(sides.edges[0]), float(sides.edges[-1])))
    handles += draw_baseline(axes, report, normal=sides.before is None, bar=sides.bar)
    _dressed(axes, report, sides)
    return handles


def _filled(axes: Axes, sides: DensityData, report: FeatureReport) -> Handle:
    _hist(axes, sides, sides.now, color=NOW, fill=True, alpha=0.35, line_kws={"linewidth": 2.2})
    label = f"now, mean {reading(report.summary.mean, report.subject.value_type)}"
    return Patch(facecolor=NOW, alpha=0.55, label=label)


def _outlined(axes: Axes, sides: DensityData, before: HistogramSide, report: FeatureReport) -> Handle:
    line = {"linewidth": 2.2, "linestyle": BROKEN}
    _hist(axes, sides, before, color=BEFORE, fill=False, linewidth=1, linestyle="--", line_kws=line)
    mean = reading(report.reference.mean if report.reference else None, report.subject.value_type)
    label = f"usual ({plural(report.reference_intervals, 'interval')}), mean {mean}"
    return Line2D([], [], color=BEFORE, linestyle=BROKEN, linewidth=2.2, label=label)


def _hist(axes: Axes, sides: DensityData, side: HistogramSide, **style: object) -> None:
    """Draws one side; passes edges as a list, because seaborn refuses an array beside weights."""
    bandwidth = _bandwidth(sides, side)
    if bandwidth is None:
        style.pop("line_kws")
    kernel = None if bandwidth is None else {"gridsize": 160, "cut": 0, "bw_method": bandwidth}
    sns.histplot(
        x=side.points, weights=side.weights, bins=sides.edges.tolist(), stat="percent", element="step",
        kde=bandwidth is not None, kde_kws=kernel, ax=axes, **style,
    )  # fmt: skip


def _bandwidth(sides: DensityData, side: HistogramSide) -> float | None:
    """Returns Silverman's bandwidth in deviations; None where a density adds nothing to the bars, or has no width."""
    if sides.whole and len(sides.edges) <= FEW_BARS:
        return None
    places = np.count_nonzero(side.weights)
    deviation = float(np.sqrt(np.cov(side.points, aweights=side.weights))) if places > 1 else 0.0
    if not deviation > max(NARROW * float(np.abs(side.points).max()), LEAST_SPREAD):
        return None
    upto = np.cumsum(side.weights) / side.count_within
    first, third = side.points[np.searchsorted(upto, [0.25, 0.75])].tolist()
    spread: float = min(deviation, (third - first) / OF_A_NORMAL or deviation)
    width: float = SILVERMAN * spread * side.count_within**-0.2
    return max(width, OF_A_BAR * sides.bar) / deviation


def _dressed(axes: Axes, report: FeatureReport, sides: DensityData) -> None:
    cut = max((side.cut for side in sides.sides), default=0.0)
    axes.set(xlabel=axis_name(report) + (f", without {percent(cut)} of outliers" if cut else ""), ylabel="% of values")
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=WHOLE_STEPS if sides.whole else STEPS, min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(report, float(value) / scale_of(report))))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
