"""Tests that a number reads the same in an alert, on a page and in the terminal."""

import math

import msgspec
import pytest

from cli.handlers.quality.report_text import _cells
from reports import formats
from reports.alerting.explanations import ScoreContext, explained
from reports.records import Bins, FeatureReport, Score, Summary
from reports.rendering import Row
from tests.support.factories.quality.reports import made_feature
from tests.support.generators.seeds import rng_of

MADE = made_feature("user_spend_1h")
MEAN_SHIFT = Score(measure="mean_shift", against="baseline", score=0.5, threshold=0.25, n=1204, over=True)


def report_of(now: float, before: float, value_type: str) -> FeatureReport:
    """Returns a report of a feature whose baseline has a mean, without a reference yet."""
    return msgspec.structs.replace(
        MADE,
        subject=msgspec.structs.replace(MADE.subject, value_type=value_type, baseline={"mean": before}),
        summary=Summary(rows=1204, mean=now),
        reference=None,
        scores=(MEAN_SHIFT,),
    )


def told_of(report: FeatureReport) -> tuple[str, str]:
    """Returns the text of its mean: now and usually."""
    subject = report.subject
    words = explained(ScoreContext(MEAN_SHIFT, report.summary, subject.baseline, None, Bins(), subject.value_type))
    return words.now, words.usual


@pytest.mark.parametrize("value_type", ["DOUBLE", "INT64", "TIMESTAMP"])
def test_a_mean_and_what_it_was(value_type: str) -> None:
    rng = rng_of(31)
    for exponent in rng.uniform(-6, 12, 300):
        before = 10.0**exponent
        report = report_of(before * rng.choice([1.001, 1.02, 0.4, 1.7, 30.0]), before, value_type)
        now, earlier = Row(report).pair("mean")
        assert (now, earlier.removeprefix("was ").split(",")[0]) == told_of(report)
        assert list(_cells(report)[5:7]) == [*told_of(report)]


def test_a_small_change_can_be_seen_in_the_two_numbers() -> None:
    rng = rng_of(32)
    for before in 10.0 ** rng.uniform(-6, 14, 300):
        now, earlier = formats.readings(before * 1.001, before, "DOUBLE")
        assert now != earlier


def test_equal_numbers_are_not_told_with_more_digits() -> None:
    assert formats.readings(1 / 3, 1 / 3, "DOUBLE") == ("0.333", "0.333")


def test_a_mean_of_times_is_a_time() -> None:
    report = report_of(1_767_276_300, 1_767_189_900, "TIMESTAMP")
    assert told_of(report) == ("2026-01-01 14:05 UTC", "2025-12-31 14:05 UTC")


def test_a_score_reads_in_a_note_as_in_the_table() -> None:
    worst = Score(measure="js", against="reference", score=0.0361, threshold=0.134, n=900, over=False)
    report = msgspec.structs.replace(MADE, scores=(worst,))
    assert _cells(report)[2] == formats.of_limit(worst) == "JS distance 0.0361 of 0.134"


@pytest.mark.parametrize("power", range(-8, 16))
def test_a_number_with_more_digits_is_closer(power: int) -> None:
    """The unit must not change the meaning, for any number of digits."""
    units = {"T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3}
    rng = rng_of(33)
    for value in 10.0**power * rng.uniform(1, 10, 50):
        for digits in (3, 4, 5, 6):
            text = formats.number(value, digits)
            read = float(text[:-1]) * units[text[-1]] if text[-1] in units else float(text)
            assert math.isclose(read, value, rel_tol=0.51 * 10 ** (1 - digits))
