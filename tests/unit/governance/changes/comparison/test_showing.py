"""Tests a comparison in words: it fits into a comment, names what it omits, and mentions no user."""

from collections.abc import Sequence

import msgspec
import pytest

from governance.changes.comparison.report import (
    DataComparison,
    Difference,
    Example,
    FeatureComparison,
    ReadEvents,
    SampledHistogram,
    Transition,
    ValueProfile,
)
from governance.changes.comparison.showing import report_lines, section
from governance.changes.comparison.showing.facts import share_words

HOSTILE = "<script>|@everyone `x` [a](b)\n\x1b[2J"
NUMBERS = FeatureComparison(
    feature="user_spend_1h",
    entity_type="user",
    status="changed",
    value_type="DOUBLE",
    type_before="DOUBLE",
    rows=1_000,
    entities=10,
    equal=900,
    before=ValueProfile(nulls=0, mean=1.0, quantiles={}),
    after=ValueProfile(nulls=10, mean=2.0, quantiles={}),
    difference=Difference(pairs=990, mean=3.2, p99=41.0, largest=1_200.0, shift=1.0),
    largest=(Example(entity=HOSTILE, at_ms=1_767_225_600_000, before=1.5, after=1_201.5),),
    bars=SampledHistogram(edges=(0.0, 1.0, 2.0), before=(1, 0), after=(0, 1), beyond=(0, 0), sampled=2),
)
TEXTS = FeatureComparison(
    feature="user_last_country",
    entity_type="user",
    status="changed",
    value_type="STRING",
    rows=10,
    entities=2,
    equal=7,
    before=ValueProfile(nulls=3),
    after=ValueProfile(nulls=3),
    transitions=(Transition(before="GB", after=HOSTILE, count=3),),
    counted=False,
)


def report(features: Sequence[FeatureComparison], **fields: object) -> DataComparison:
    sources = (ReadEvents(source="orders@before", events=12, refused={"malformed": 2}),)
    comparison = DataComparison(
        data="a.jsonl", interval_ms=300_000, until_ms=1_767_225_600_000, sources=sources, features=tuple(features)
    )
    return msgspec.structs.replace(comparison, **fields)


def test_a_terminal_says_everything() -> None:
    text = "\n".join(report_lines(report([NUMBERS, TEXTS], sampled=0.25)))
    assert "of a sample by hash of 25 % of the entities" in text
    assert "orders before the change: 12 events, 2 of them refused: 2 malformed" in text
    assert "user_spend_1h: 90 % of 1,000 values of 10 entities equal" in text
    assert "they differ by 3.2 on average, 41 at p99 and 1.2k at most" in text
    assert "1.5 -> 1201.5" in text
    assert "GB -> " in text
    assert "the counts are lower bounds" in text
    assert "\x1b" not in text


def test_a_comment_mentions_nobody() -> None:
    text = section(report([NUMBERS, TEXTS]))
    assert "<script>" not in text
    assert "@everyone" not in text
    assert len({line.count(" | ") for line in text.splitlines() if "user_last_country` | GB" in line}) == 1


def test_a_long_one_is_cut_with_a_count() -> None:
    many = [msgspec.structs.replace(NUMBERS, feature=f"feature_{'x' * 80}_{number}") for number in range(900)]
    text = section(report(many), 25_000)
    assert len(text) <= 25_000
    assert "more lines: see the output of the job" in text


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0 %"), (1.0, "100 %"), (0.999999, "99.99 %"), (1e-9, "0.01 %"), (0.931, "93.1 %")]
)
def test_nearly_all_is_not_all(share: float, said: str) -> None:
    assert share_words(share) == said
