"""Tests times as text: every spelling against Python's calendar, and invalid times."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import polars as pl
import pytest

from dataflows.ingest.decoding.iso_times import lacks_zone, times_of
from dataflows.kernels.strings.times import NO_TIME
from tests.support.generators.seeds import rng_of, seeds

NOW = 1_767_225_600_000  # 2026-01-01T00:00:00Z
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TAKEN = {
    "2026-01-01T00:00:00Z": NOW,
    "2026-01-01T00:00:00.5Z": NOW + 500,
    "2026-01-01T00:00:00,5Z": NOW + 500,
    "2026-01-01T00:00:00.123999999999999999Z": NOW + 123,
    "2026-01-01T02:00:00.123456+0200": NOW + 123,
    "2026-01-01T02:00:00+02": NOW,
    "2026-01-01T05:30:00+05:30": NOW,
    "2025-12-31T19:00:00\u221205:00": NOW,
    "2026-01-01T00:00:00-00:00": NOW,
    "2026-01-01 00:00:00Z": NOW,
    "2026-01-01 00:00:00 +0000": NOW,
    "2026-01-01t00:00:00z": NOW,
    "2026-01-01T00:00Z": NOW,
    "2026-01-01T00Z": NOW,
    "2026-01-01T00:00.5Z": NOW + 30_000,
    "2026-01-01T00.25Z": NOW + 900_000,
    "20260101T000000Z": NOW,
    "20251231T1930-0430": NOW,
    "2026-001T00:00Z": NOW,
    "2026001T0000Z": NOW,
    "2026-W01-4T00Z": NOW,
    "2026W014T00Z": NOW,
    "2025-12-31T24:00:00Z": NOW,
    "2025-12-31T24Z": NOW,
    "2025-12-31T23:59:60Z": NOW,
    "2026-01-01T05:29:60.25+05:30": NOW + 250,
    "1969-12-31T23:59:59.9999Z": -1,
}
REFUSED = (
    *("", "2026", "2026-01-01", "2026-01-01T", "2026-01-01Z", "tomorrow", "1767225600", "NaN"),
    *("2026-01-01T00:00:00", "2026-01-01T00:00:00+", "2026-01-01T00:00:00+1", "2026-01-01T00:00:00+02:"),
    *("2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+02:60", "2026-01-01T00:00:00+02:00:00"),
    *("2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z ", "2026-01-01x00:00:00Z"),
    *("2026-01-01T0:00:00Z", "2026-1-1T00:00:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T12:3Z"),
    *("2026-01-01T00:0000Z", "2026-01-01T0000:00Z", "2026-0101T00Z", "202601-01T00Z", "20-26-01-01T00Z"),
    *("2026-01-01T25:00Z", "2026-01-01T24:00:01Z", "2026-01-01T24:00:00.001Z", "2026-01-01T00:60Z"),
    *("2026-01-01T00:00:60Z", "2026-01-01T23:59:61Z", "2026-02-29T00Z", "2100-02-29T00Z", "2026-13-01T00Z"),
    *("2026-00-01T00Z", "2026-01-00T00Z", "2026-366T00Z", "2026-000T00Z", "0000-01-01T00Z"),
    *("2025-W53-1T00Z", "2026-W00-1T00Z", "2026-W01-8T00Z", "2026-W01-0T00Z", "٢٠٢٦-01-01T00:00:00Z"),
)
FORMS = ("%m-%dT%H:%M:%S.%f%z", "%m%dt%H%M%S,%f%z", "-%j %H:%M:%S.%f%z", "%j %H%M%S.%f%z")


@pytest.mark.parametrize(("text", "ms"), TAKEN.items())
def test_every_usual_spelling(text: str, ms: int) -> None:
    assert times_of(pl.Series([text])).tolist() == [ms]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_time(text: str) -> None:
    assert times_of(pl.Series([text])).tolist() == [NO_TIME]


def test_only_the_zone_is_missing() -> None:
    texts = ("2026-01-01T00:00:00", "20260101 0000", "2026-01-01", "2026-01-01T00:00:00Z", "soon")
    assert [lacks_zone(text) for text in texts] == [True, True, False, False, False]


def test_nulls_are_no_times() -> None:
    assert times_of(pl.Series([None, "2026-01-01T00Z", None], dtype=pl.String)).tolist() == [NO_TIME, NOW, NO_TIME]
    assert times_of(pl.Series([], dtype=pl.String)).tolist() == []


def spelled(moment: datetime, form: int) -> str:
    """Spells a moment in one of the forms; years below 1000 have no four digits in strftime."""
    if form == len(FORMS):
        return "{:04d}-W{:02d}-{}".format(*moment.isocalendar()) + moment.strftime("T%H:%M:%S.%f%z")
    dash = "-" if form == 0 else ""
    return f"{moment.year:04d}{dash}{moment.strftime(FORMS[form])}"


@pytest.mark.parametrize("seed", seeds(5))
def test_random_times_in_random_zones_are_those_of_the_calendar(seed: int) -> None:
    rng = rng_of(seed)
    texts, expected = [], []
    for _ in range(10_000):
        since = timedelta(seconds=int(rng.integers(3 * 86_400, 315_000_000_000)), microseconds=int(rng.integers(10**6)))
        zone = timezone(timedelta(minutes=int(rng.integers(-1439, 1440))))
        moment = (datetime(1, 1, 1, tzinfo=UTC) + since).astimezone(zone)
        texts.append(spelled(moment, int(rng.integers(len(FORMS) + 1))))
        expected.append((moment - EPOCH) // timedelta(milliseconds=1))
    assert times_of(pl.Series(texts)).tolist() == expected


@pytest.mark.parametrize("seed", seeds(3))
def test_random_characters_are_never_more_than_no_time(seed: int) -> None:
    """Hardly any is a time; one that Python also accepts must be the same."""
    rng = rng_of(seed)
    letters = np.array(list("0123456789-:TZ+., W"))
    texts = ["".join(rng.choice(letters, size=int(rng.integers(0, 30)))) for _ in range(5_000)]
    assert (times_of(pl.Series(texts)) == NO_TIME).mean() > 0.99
