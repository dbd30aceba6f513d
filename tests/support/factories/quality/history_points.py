"""Points of a feature's history as the dataflow writes them: a daily wave, a gap, and drift at the end."""

import math

import numpy as np

from reports.history import KEPT, HistoryPoint
from reports.records import Status
from tests.support.factories.quality.reports import INTERVAL_MS, START_MS

DAY_MS = 86_400_000
DRIFT = 4
GAP = range(100, 112)


def made_points(
    many: int = KEPT, *, value_type: str = "DOUBLE", end_ms: int = START_MS + INTERVAL_MS, length_ms: int = INTERVAL_MS
) -> list[HistoryPoint]:
    """Returns points, the newest last; the last few fire, and an hour is missing."""
    numbers = np.random.default_rng(1)
    first = end_ms - many * length_ms
    places = [place for place in range(many) if many - place not in GAP]
    noise = numbers.normal(1, 0.03, many)
    return [
        _point(first + place * length_ms, length_ms, many - place, float(noise[place]), value_type) for place in places
    ]


def _point(start_ms: int, length_ms: int, ago: int, noise: float, value_type: str) -> HistoryPoint:
    wave = 1 + 0.3 * math.sin(2 * math.pi * start_ms / DAY_MS)
    level = 150 * wave * noise * (3 if ago <= DRIFT else 1)
    status: Status = "firing" if ago <= DRIFT else "pending" if ago == DRIFT + 1 else "ok"
    is_number = value_type not in ("BOOL", "STRING")
    rows = int(40_000 * wave)
    return HistoryPoint(
        start_ms, start_ms + length_ms, status, rows, rows // 50 if ago % 40 == 0 else 0,
        level if is_number else None, level * 0.6 if is_number else None, level * 3.5 if is_number else None,
        level * 7 if is_number else None, 0.02 * noise if value_type == "BOOL" else None, 2_000 * noise,
        2.9 if ago <= DRIFT else 0.4 * noise,
    )  # fmt: skip
