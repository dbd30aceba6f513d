"""Where a distribution moved: the part of each bin in the PSI."""

from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reports.formats import number
from reports.records import FeatureReport
from reports.rendering.charts.axis import tick
from reports.rendering.charts.densities import Floats
from reports.rendering.charts.theme import INK

SHADES = sns.color_palette("flare", as_cmap=True)
LEAST = 0.02  # height of the axis when nothing moved


def draw_bins(axes: Axes, report: FeatureReport) -> None:
    """A bar a bin, as high and as dark as its part in the PSI; over it, by how many points its share changed."""
    bins = report.bins
    moves = _shares(bins.counts) - _shares(bins.reference)
    places, top = np.arange(len(bins.psi)) + 0.5, max(*bins.psi, LEAST)
    axes.bar(places, bins.psi, width=0.94, color=shades(bins.psi))
    for place, part, move in zip(places, bins.psi, moves, strict=True):
        axes.text(place, part + top * 0.06, _points(move), ha="center", va="bottom", size=7, color=INK)
    axes.set(xlim=(0, len(bins.psi)), ylim=(0, top * 1.45), ylabel="PSI")
    axes.set_xticks(range(1, len(bins.edges) + 1), [tick(report, edge, "\n") for edge in bins.edges], size=7.5)
    axes.yaxis.set_major_locator(MaxNLocator(2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    title = f"Drift by bin: total PSI {sum(bins.psi):.3f}. Top: change of share, % points"
    axes.set_title(title, loc="left", size=8.5, color=INK, pad=5)


def shades(parts: Sequence[float]) -> Floats:
    """The darker, the greater."""
    colours: Floats = SHADES(Normalize(0, max(*parts, LEAST))(np.asarray(parts)))
    return colours


def _points(share: float) -> str:
    return f"{share * 100:+.1f}" if abs(share) >= 0.0005 else "0"


def _shares(counts: Sequence[int]) -> Floats:
    known = np.asarray(counts, np.float64)
    return known / max(1.0, float(known.sum()))
