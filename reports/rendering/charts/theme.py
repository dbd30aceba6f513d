"""Colours and fonts of the charts: the palette of Okabe and Ito, distinguishable by the colour-blind.

Texts are large enough to read when a phone shows the picture 340 pixels wide.
"""

from typing import Any

from reports.records import Status

NOW, BEFORE, BASELINE = "#0072B2", "#D55E00", "#333333"
INK, GREY = "#1b1f24", "#5b6570"
SMALL, MEDIUM, LARGE = 11.5, 12, 16  # points, at 600 pixels
Style = tuple[float, tuple[float, ...]]
DOTS: Style = (0, (1, 1.6))
DASHES: Style = (0, (6, 2, 1, 2))
BROKEN: Style = (0, (4, 2))
STATUS_COLOURS: dict[Status, str] = {
    "firing": "#B3261E",
    "pending": "#B25000",
    "resolving": "#7A5C00",
    "failed": "#B25000",
    "stale": "#5b6570",
    "too_few_rows": "#5b6570",
    "warming_up": "#5b6570",
    "too_new": "#5b6570",
    "muted": "#5b6570",
    "no_baseline": "#5b6570",
    "ok": "#1B7A4B",
}
THEME: Any = {  # rcParams types its keys as one long Literal
    "backend": "agg",
    "text.parse_math": False,
    "text.usetex": False,
    "font.family": ["DejaVu Sans"],
    "font.size": MEDIUM,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": "#9aa4af",
    "axes.linewidth": 0.8,
    "axes.labelcolor": GREY,
    "axes.labelsize": SMALL,
    "axes.labelpad": 3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.axisbelow": True,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "grid.color": "#e8ebef",
    "grid.linewidth": 0.8,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
}
