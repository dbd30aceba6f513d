"""Parses `--with-data`: a duration, the archive, or files."""

from collections.abc import Collection, Sequence
from pathlib import Path

from dataflows.definitions import durations
from dataflows.expectations import did_you_mean
from governance.changes.comparison.events.archived import ArchivedEvents
from governance.changes.comparison.events.data import EventData, UnknownData
from governance.changes.comparison.events.files import EventFiles
from governance.changes.comparison.events.recent import RecentEvents

ARCHIVE = "archive"
_EXPECTED = "expected a duration such as 2h, a file of events, SOURCE=FILE, or archive"

__all__ = ["EventData", "UnknownData", "events_of"]


def events_of(written: Sequence[str], sources: Collection[str]) -> EventData:
    """Returns the events that the option names; `sources` are the known ones. Raises UnknownData.

    >>> events_of(["2h"], ["orders"]).words
    'the last 2h of the topics'
    """
    if len(written) == 1 and (alone := _alone(written[0])) is not None:
        return alone
    paths = dict[str, Path]()
    for text in written:
        name, path = _named_sources(text, sources)
        if name in paths or (paths and "" in (name, *paths)):
            raise UnknownData(
                f"--with-data {text}: combined with other files; expected each source once, as SOURCE=FILE"
            )
        paths[name] = path
    return EventFiles(paths)


def _alone(text: str) -> EventData | None:
    if text == ARCHIVE:
        return ArchivedEvents()
    try:
        return RecentEvents(durations.parse(text))
    except ValueError:
        return None


def _named_sources(text: str, sources: Collection[str]) -> tuple[str, Path]:
    if _alone(text) is not None:
        raise UnknownData(
            f"--with-data {text}: combined with other values; a duration and the archive cannot be combined with others"
        )
    name, is_named, path = text.partition("=")
    if Path(text).exists() or not is_named:
        return "", _file(text, text)
    if name not in sources:
        hint = did_you_mean(name, sources) or "run headrace validate"
        raise UnknownData(f"--with-data {text}: unknown source {name}, both before and after; hint: {hint}")
    return name, _file(path, text)


def _file(path: str, text: str) -> Path:
    """Returns the path of a readable file. Raises UnknownData."""
    file = Path(path)
    if not file.exists():
        raise UnknownData(f"--with-data {text}: no such file; {_EXPECTED}")
    if not file.is_file():
        raise UnknownData(f"--with-data {text}: not a file; {_EXPECTED}")
    return file
