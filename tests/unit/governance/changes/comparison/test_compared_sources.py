"""Tests which features are compared: those whose events are given, as far as both sides fit into one run."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from dataflows.definitions.loader import Definitions
from governance.changes.comparison import UnknownData, compared_features, comparison_of
from governance.changes.comparison.compared_values import ComparisonTooLarge
from governance.changes.comparison.events import EventFiles
from governance.changes.planning import plan
from tests.support.factories.definitions import LOGINS, ORDERS, over_sources

Spec = Mapping[str, object]
COUNT: Spec = {"value_type": "INT64", "source": "orders", "aggregation": "count", "window": "1h"}


def features_of(before: Definitions, after: Definitions, files: Mapping[str, Path]) -> tuple[str, ...]:
    chosen = compared_features(plan(before, after).changes, before, after)
    return comparison_of(chosen, before, after, EventFiles(files)).notes


def test_features_without_events_are_left_out_and_said(tmp_path: Path) -> None:
    logins: Spec = {**COUNT, "source": "logins"}
    before = over_sources(tmp_path / "a", [ORDERS, LOGINS])
    after = over_sources(
        tmp_path / "b", [ORDERS, LOGINS], n=COUNT, m=logins, both={"value_type": "INT64", "expression": "n + m"}
    )
    assert features_of(before, after, {"orders": tmp_path}) == (
        "both is not compared: there are no events of logins",
        "m is not compared: there are no events of logins",
    )
    assert features_of(
        before, over_sources(tmp_path / "d", [ORDERS, LOGINS], n=COUNT), {"orders": tmp_path, "logins": tmp_path}
    ) == ("logins is not read: no compared feature uses its events",)
    only_logins = over_sources(tmp_path / "c", [ORDERS, LOGINS], m=logins)
    with pytest.raises(UnknownData, match="no events of logins, which the changed features read"):
        features_of(before, only_logins, {"orders": tmp_path})


def test_sides_that_are_too_much_together_are_refused(tmp_path: Path) -> None:
    """A tile has room for 64 hops."""
    many = {f"n{number}": {**COUNT, "window": "1d", "hop": f"{hop}s"} for number, hop in enumerate(HOPS[:40])}
    before = over_sources(tmp_path / "a", [ORDERS], **many)
    other = {
        name: {**spec, "hop": f"{hop}s", "version": 2}
        for (name, spec), hop in zip(many.items(), HOPS[40:80], strict=True)
    }
    with pytest.raises(ComparisonTooLarge, match="80 different hops"):
        features_of(before, over_sources(tmp_path / "b", [ORDERS], **other), {"orders": tmp_path})


HOPS = [seconds for seconds in range(9, 86_401) if 86_400 % seconds == 0][:80]
