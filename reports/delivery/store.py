"""Stores reports in a folder, s3://bucket/path or any other fsspec URL.

intervals/20260101T140500Z/report.html, report.json    one self-contained page an interval, and its JSON twin
features/<feature>/20260101T140500Z.json, .png         the profile and the picture of a feature
latest.json                                            the newest interval, and the newest picture of each feature
positions.json                                         how far the topics were read by who writes here
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import accumulate

import msgspec

from reports.delivery.files import Files
from reports.errors import UNDECODABLE, StoreRefused, StoreUrlError
from reports.records import FeatureReport, IntervalReport, R, Record

__all__ = ["LatestInterval", "NotAReport", "ReportStore", "StoreRefused", "StoreUrlError"]

LATEST, POSITIONS = "latest.json", "positions.json"
FEATURE = re.compile(r"[a-z][a-z0-9_]{0,199}(@[1-9][0-9]{0,9})?", re.ASCII)  # limited to the length of a file name
STAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
STAMP_FORMAT = "%Y%m%dT%H%M%SZ"
MB = 1_000_000


class NotAReport(StoreRefused):
    """A file does not hold a report."""


class LatestInterval(Record, frozen=True, kw_only=True):
    """The newest interval, and the path of its report below the store's address.

    `pictures` maps each feature to the start (ms) of the interval that its newest picture shows.
    """

    start_ms: int
    end_ms: int
    verdict: str
    page: str
    report: str
    pictures: dict[str, int] = msgspec.field(default_factory=dict)


class ReportStore:
    """Reports by interval and by feature. A reader never sees a partial file.

    One process writes, any number read. Raises StoreUrlError for an unknown kind of address, StoreRefused from every
    method, ValueError for an impossible feature name or interval start. Credentials and endpoint of S3 come from
    AWS_... variables.

    >>> store = ReportStore("memory://doc")
    >>> store.intervals(), store.image("user_spend_1h", 0)
    ([], None)
    """

    def __init__(self, url: str) -> None:
        self._files = Files(url)
        self._pictures: dict[str, int] | None = None  # set only in the writing process

    @property
    def place(self) -> str:
        """Returns the address, without secrets."""
        return self._files.place

    def write_feature(self, report: FeatureReport) -> None:
        """Writes the JSON of a feature; the same interval again replaces it."""
        self._files.put(_feature_file(report.subject.feature, report.start_ms, "json"), report.encode())

    def write_image(self, feature: str, start_ms: int, image: bytes) -> None:
        """Writes the picture (PNG) of a feature in an interval, then `latest.json` unless that names a later picture of
        it."""
        self._files.put(_feature_file(feature, start_ms, "png"), image)
        latest = self._known_latest()
        pictures = self._newest_pictures(latest)
        if pictures.get(feature, -1) < start_ms:
            pictures[feature] = start_ms
            if latest is not None:
                self._files.put(LATEST, msgspec.structs.replace(latest, pictures=pictures).encode())

    def write_interval(self, report: IntervalReport, page: str) -> None:
        """Writes the page and its JSON, then `latest.json` unless that names a later interval."""
        folder = f"intervals/{stamp(report.start_ms)}"
        html, twin = f"{folder}/report.html", f"{folder}/report.json"
        self._files.put(html, page.encode())
        self._files.put(twin, report.encode())
        self._move_latest(
            LatestInterval(
                start_ms=report.start_ms, end_ms=report.end_ms, verdict=report.verdict, page=html, report=twin
            )
        )

    def write_positions(self, positions: bytes) -> None:
        """Writes how far the topics were read, in the reader's own encoding."""
        self._files.put(POSITIONS, positions)

    def positions(self) -> bytes | None:
        """Returns the bytes of the last `write_positions`."""
        return self._files.get(POSITIONS)

    def latest(self) -> LatestInterval | None:
        """Returns the newest interval; None before the first."""
        return self._read(LATEST, LatestInterval)

    def intervals(self, limit: int | None = None) -> list[int]:
        """Returns the starts (ms) of the intervals with a report, the newest first."""
        return _starts(self._files.names("intervals"))[:limit]

    def interval(self, start_ms: int) -> IntervalReport | None:
        """Returns the report of an interval."""
        return self._read(f"intervals/{stamp(start_ms)}/report.json", IntervalReport)

    def page(self, start_ms: int) -> bytes | None:
        """Returns the page (HTML) of an interval."""
        return self._files.get(f"intervals/{stamp(start_ms)}/report.html")

    def feature(self, feature: str, start_ms: int) -> FeatureReport | None:
        """Returns the report of a feature in an interval."""
        return self._read(_feature_file(feature, start_ms, "json"), FeatureReport)

    def history(self, feature: str, limit: int) -> list[FeatureReport]:
        """Returns the last reports of a feature, the newest last."""
        starts = self._feature_starts(feature, ".json")[:limit]
        reports = (self._read(_feature_file(feature, start, "json"), FeatureReport) for start in reversed(starts))
        return [report for report in reports if report is not None]

    def image(self, feature: str, start_ms: int) -> bytes | None:
        """Returns the picture (PNG) of a feature in an interval."""
        return self._files.get(_feature_file(feature, start_ms, "png"))

    def images(self, feature: str, limit: int | None = None) -> list[int]:
        """Returns the starts (ms) of the intervals with a picture of the feature, the newest first."""
        return self._feature_starts(feature, ".png")[:limit]

    def prune(self, keep: int, megabytes: int) -> int:
        """Deletes all but the newest `keep` intervals, or fewer if they exceed `megabytes`; returns how many were
        deleted.

        The newest interval stays, however large it is.
        """
        sizes, paths = self._usage()
        newest = sorted(sizes, reverse=True)
        upto = accumulate(sizes[start] for start in newest)
        fits = [rank < keep and size <= megabytes * MB for rank, size in enumerate(upto)]
        pruned = newest[max(1, sum(fits)) :]
        if pruned:
            self._files.delete([path for start in pruned for path in sorted(paths[start])])
            gone = {_start_ms(start) for start in pruned}
            known = self._newest_pictures(self._known_latest())
            self._pictures = {name: start for name, start in known.items() if start not in gone}
        return len(pruned)

    def _usage(self) -> tuple[dict[str, int], dict[str, set[str]]]:
        """Returns the bytes and the paths to delete, by the stamp of the interval."""
        sizes, paths = defaultdict[str, int](int), defaultdict[str, set[str]](set)
        for path, size in self._files.sizes().items():
            room, _, name = path.partition("/")
            stamp = STAMP.search(name.rpartition("/")[0] if room == "intervals" else name.rpartition("/")[2])
            if room in ("intervals", "features") and stamp:
                sizes[stamp[0]] += size
                paths[stamp[0]].add(f"intervals/{stamp[0]}" if room == "intervals" else path)
        return sizes, paths

    def _feature_starts(self, feature: str, suffix: str) -> list[int]:
        names = self._files.names(f"features/{feature_name(feature)}")
        return _starts(name.removesuffix(suffix) for name in names if name.endswith(suffix))

    def _move_latest(self, latest: LatestInterval) -> None:
        known = self._known_latest()
        if known is None or known.start_ms <= latest.start_ms:
            pictures = self._newest_pictures(known)
            self._files.put(LATEST, msgspec.structs.replace(latest, pictures=pictures).encode())

    def _known_latest(self) -> LatestInterval | None:
        try:
            return self.latest()
        except NotAReport:
            return None

    def _newest_pictures(self, latest: LatestInterval | None) -> dict[str, int]:
        """Returns the start of each feature's newest picture, including those drawn before the first interval was
        complete."""
        if self._pictures is None:
            self._pictures = dict(latest.pictures) if latest else {}
        return self._pictures

    def _read(self, path: str, kind: type[R]) -> R | None:
        text = self._files.get(path)
        try:
            return None if text is None else kind.decode(text)
        except UNDECODABLE as error:
            raise NotAReport(f"reports at {self.place}: {path} cannot be decoded: {error}; hint: delete it") from error


def stamp(start_ms: int) -> str:
    """Formats the start of an interval for file names. Raises ValueError unless it is a whole second since 1970.

    >>> stamp(1_767_276_300_000)
    '20260101T140500Z'
    """
    if start_ms < 0 or start_ms % 1000:
        raise ValueError(f"start {start_ms}: expected a whole second, in ms since 1970")
    return datetime.fromtimestamp(start_ms / 1000, UTC).strftime(STAMP_FORMAT)


def _starts(names: Iterable[str]) -> list[int]:
    return sorted((_start_ms(name) for name in names if STAMP.fullmatch(name)), reverse=True)


def _start_ms(text: str) -> int:
    return int(datetime.strptime(text, STAMP_FORMAT).replace(tzinfo=UTC).timestamp()) * 1000


def feature_name(feature: str) -> str:
    """Returns the name, which becomes part of a path. Raises ValueError if it cannot be the name of a feature."""
    if FEATURE.fullmatch(feature) is None:
        raise ValueError(
            f"feature {feature!r}: expected up to 200 lowercase letters, digits and '_', starting with a letter, "
            "and optionally a version such as @2"
        )
    return feature


def _feature_file(feature: str, start_ms: int, suffix: str) -> str:
    return f"features/{feature_name(feature)}/{stamp(start_ms)}.{suffix}"
