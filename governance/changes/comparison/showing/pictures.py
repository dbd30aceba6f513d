"""Draws distributions before and after (PNG), one per feature."""

from pathlib import Path

import msgspec

from governance.changes.comparison.report import DataComparison, FeatureComparison
from governance.changes.comparison.showing.distribution import picture


def with_pictures(report: DataComparison, folder: Path) -> DataComparison:
    """Draws every feature with values into a new folder; the report then names the files."""
    if not any(map(_is_drawn, report.features)):
        return report
    folder.mkdir(parents=True, exist_ok=True)
    features = tuple(_drawn(feature, folder) if _is_drawn(feature) else feature for feature in report.features)
    return msgspec.structs.replace(report, features=features)


def _is_drawn(feature: FeatureComparison) -> bool:
    sides = [side for side in (feature.before, feature.after) if side is not None]
    return feature.bars is not None or any(side.frequent for side in sides)


def _drawn(feature: FeatureComparison, folder: Path) -> FeatureComparison:
    path = folder / f"{feature.feature}.png"
    path.write_bytes(picture(feature))
    return msgspec.structs.replace(feature, plot=path.as_posix())
