"""Numbers, lengths and times: histograms with their densities, now over before."""

from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reports.formats import number, percent, reading
from reports.records import FeatureReport
from reports.rendering.charts.axis import axis_name, curves_of, is_whole, scale_of, tick
from reports.rendering.charts.baseline import draw_baseline, widened
from reports.rendering.charts.densities import Drawn, Floats, drawn, heights
from reports.rendering.charts.theme import BEFORE, BROKEN, NOW

FEW_BARS = 14  # whole numbers with fewer bars have no density worth a line
NARROW = 1e-12  # of the greatest value
LEAST_SPREAD = 1e-140  # its square is a double
Handle = Patch | Line2D


def draw_numbers(axes: Axes, report: FeatureReport) -> None:
    """Draws the current distribution filled, and the reference or the declared baseline as a dashed outline."""
    now, before = curves_of(report)
    if not now and not before:
        axes.axis("off")
        return
    curves = drawn([curve for curve in (now, before) if curve], is_whole(report))
    _dressed(axes, report)
    handles: list[Handle] = [_filled(axes, curves, report)] if now else []
    handles += [_outlined(axes, curves, report)] if before else []
    axes.set_xlim(*widened(report, curves.edges[0], curves.edges[-1]))
    handles += draw_baseline(axes, report, normal=not before)
    _explained(axes, handles, curves)


def _filled(axes: Axes, curves: Drawn, report: FeatureReport) -> Handle:
    _hist(axes, curves, 0, color=NOW, fill=True, alpha=0.35, line_kws={"linewidth": 2})
    return Patch(
        facecolor=NOW, alpha=0.55, label=f"now, mean {reading(report.summary.mean, report.subject.value_type)}"
    )


def _outlined(axes: Axes, curves: Drawn, report: FeatureReport) -> Handle:
    line = {"linewidth": 1.8, "linestyle": BROKEN}
    _hist(axes, curves, -1, color=BEFORE, fill=False, linewidth=1, linestyle="--", line_kws=line)
    mean = reading(report.reference.mean if report.reference else None, report.subject.value_type)
    label = f"reference of {report.reference_intervals} intervals, mean {mean}"
    return Line2D([], [], color=BEFORE, linestyle=BROKEN, linewidth=1.8, label=label)


def _hist(axes: Axes, curves: Drawn, index: int, **how: object) -> None:
    sample = curves.samples[index]
    smooth = len(sample) > 1 and _is_spread(sample) and not (curves.whole and len(curves.edges) <= FEW_BARS)
    if not smooth:
        how.pop("line_kws")
    kernel = {"gridsize": 128, "cut": 0, "bw_method": _bandwidth(curves, sample)} if smooth else None
    sns.histplot(
        x=sample, bins=list(curves.edges), stat="density", element="step", kde=smooth, kde_kws=kernel, ax=axes, **how,
    )  # fmt: skip


def _is_spread(sample: Floats) -> bool:
    """Whether values differ by more than doubles are wide, else a density has no width."""
    return bool(np.std(sample) > NARROW * np.abs(sample).max() and np.std(sample) > LEAST_SPREAD)


def _bandwidth(curves: Drawn, sample: Floats) -> float:
    """Returns Scott's bandwidth, relative to the standard deviation; at least the gap between integers."""
    scott = float(len(sample) ** -0.2)
    return max(scott, 0.8 / float(np.std(sample))) if curves.whole else scott


def _dressed(axes: Axes, report: FeatureReport) -> None:
    axes.set(xlabel=axis_name(report), ylabel="density")
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], integer=is_whole(report), prune="upper"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(report, float(value) / scale_of(report), " ")))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def _explained(axes: Axes, handles: Sequence[Handle], curves: Drawn) -> None:
    """Places the legend on the emptier side, and raises the axis to leave room above the bars."""
    left, right = _peaks(curves, *axes.get_xlim())
    title = f"without {percent(curves.cut)} at an end" if curves.cut else ""
    if left < right:
        axes.legend(handles=handles, loc="upper left", title=title or None, title_fontsize=7.5)
    else:
        axes.legend(handles=handles, loc="upper right", title=title or None, title_fontsize=7.5)
    reserved = 0.08 + 0.09 * (len(handles) + bool(title))
    axes.set_ylim(0, max(axes.get_ylim()[1], min(left, right) / (1 - reserved)))


def _peaks(curves: Drawn, low: float, high: float) -> tuple[float, float]:
    """Returns the highest bar below a legend on the left, and on the right."""
    places = np.asarray(curves.edges[:-1])
    tall = np.max([heights(sample, curves.edges) for sample in curves.samples], axis=0)
    left, right = places < low + 0.55 * (high - low), places > low + 0.4 * (high - low)
    return float(tall[left].max(initial=0.0)), float(tall[right].max(initial=0.0))
