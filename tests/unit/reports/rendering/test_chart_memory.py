"""Tests that drawing leaves neither charts nor memory behind."""

import gc
import subprocess
import sys
import weakref
from typing import Any

import pytest
from matplotlib.figure import Figure

from reports.rendering.charts import figure
from tests.support.factories.quality.reports import made_feature
from tests.support.generators.seeds import some


@pytest.mark.long
def test_nothing_is_left_of_a_picture_that_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    references, build = list[weakref.ref[Figure]](), Figure.__init__

    def remember(figure: Figure, *arguments: Any, **named: Any) -> None:
        build(figure, *arguments, **named)
        references.append(weakref.ref(figure))

    monkeypatch.setattr(Figure, "__init__", remember)
    reports = [made_feature(name) for name in ("user_spend_1h", "user_last_device", "item_last_sold_at")]
    for _ in some(range(4), at_least=2):
        for report in reports:
            figure.image(report)
    for _ in range(3):  # cycles of weak references take more than one round
        gc.collect()
    assert len(references) in (6, 12)
    assert [reference() for reference in references if reference() is not None] == []


GROWTH = """
import gc, psutil
from reports.rendering.charts import figure as charts
from tests.support.factories.quality.reports import made_feature
report, small = made_feature("user_spend_1h"), made_feature("item_last_buyers")
def draw(many):
    for _ in range(many):
        charts.image(report)
        charts.image(small)
        gc.collect()
    return psutil.Process().memory_info().rss
gc.freeze()  # what was imported stays: no need to look through it after each picture
before = draw(6)
print(draw(10) - before)
"""


@pytest.mark.usefixtures("programs")
def test_memory_does_not_grow() -> None:
    """In a separate process, where nothing else takes memory; the first few charts do not count."""
    result = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True)
    assert int(result.stdout) < 4_000_000
