"""Draws a definition's baseline_profile: a line at each statistic, and a normal curve if no reference exists."""

import math
import re

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from reports.formats import number, reading
from reports.records import FeatureReport
from reports.rendering.charts.axis import scale_of
from reports.rendering.charts.theme import BASELINE, BEFORE, BROKEN, DASHES, DOTS, Style

NARROWEST = 1_000  # deviations in the axis: a narrower curve would be a bare line
NEAR = 0.3  # of the axis: how far it is widened to show a line


def widened(report: FeatureReport, low: float, high: float) -> tuple[float, float]:
    """Widens a range of the axis slightly if that shows a number of the baseline."""
    room = NEAR * (high - low)
    known = [scale_of(report) * report.subject.baseline[name] for name in _lines(report)]
    near = [value for value in known if low - room <= value <= high + room]
    return min([low, *near]), max([high, *(value + room / 15 for value in near)])


def draw_baseline(axes: Axes, report: FeatureReport, normal: bool, bar: float) -> list[Line2D]:
    """Draws the lines, and with `normal` the curve in percent of a bar; returns their legend entries."""
    baseline = report.subject.baseline
    low, high = axes.get_xlim()
    wide = baseline.get("std_dev", 0.0) > (high - low) / NARROWEST
    curved = normal and "mean" in baseline and wide and scale_of(report) == 1
    handles = [_normal(axes, baseline["mean"], baseline["std_dev"], 100 * bar)] if curved else []
    return handles + [
        _line(axes, report, name, style) for name, style in zip(_lines(report), (DOTS, DASHES), strict=False)
    ]


def _lines(report: FeatureReport) -> list[str]:
    """Returns the numbers that get a line: the mean and the first percentile."""
    names = list(report.subject.baseline)
    return [*(["mean"] if "mean" in names else []), *[name for name in names if re.match(r"p\d", name)][:1]]


def _normal(axes: Axes, mean: float, std: float, area: float) -> Line2D:
    positions = np.linspace(*axes.get_xlim(), 200)
    with np.errstate(over="ignore", under="ignore"):  # the curve is 0 this far out
        curve = area * np.exp(-0.5 * ((positions - mean) / std) ** 2) / (std * math.sqrt(2 * math.pi))
    label = f"baseline, normal: mean {number(mean)}, std {number(std)}"
    (line,) = axes.plot(positions, curve, color=BEFORE, linestyle=BROKEN, linewidth=2.2, label=label)
    return line


def _line(axes: Axes, report: FeatureReport, name: str, style: Style) -> Line2D:
    value = report.subject.baseline[name]
    position, (low, high) = scale_of(report) * value, axes.get_xlim()
    outside = "" if low <= position <= high else ", outside"
    if not outside:
        axes.axvline(position, color=BASELINE, linestyle=style, linewidth=1.6)
    label = f"baseline {name} {reading(value, report.subject.value_type)}{outside}"
    return Line2D([], [], color=BASELINE, linestyle=style, linewidth=1.6, label=label)
