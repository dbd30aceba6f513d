"""Holds and checks the options of `headrace replay`."""

from dataclasses import asdict, dataclass
from pathlib import Path

from cli.error_reporting import InvalidArgument
from dataflows.definitions import Definitions
from dataflows.history import HistoryBound, bound_of, names_in, part_of

_NOT_ASKED = ("fresh", "processes")
"""Options that make no difference to the result."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command; see `cli.commands.past.replay`."""

    first: str | None
    end: str | None
    features: str | None
    set_name: str | None
    out: Path | None
    topics: bool
    refuses_late: bool
    quality: bool
    fresh: bool
    processes: int | None = None

    @property
    def store(self) -> bool:
        """Returns whether rows go to Redis."""
        return self.out is None

    @property
    def bounds(self) -> tuple[HistoryBound | None, HistoryBound | None]:
        """Returns the bounds; None means where the topics begin and end. Raises InvalidBound."""
        first, end = (None if text is None else bound_of(text) for text in (self.first, self.end))
        times = first.time if first else None, end.time if end else None
        if times[0] is not None and times[1] is not None and times[0] >= times[1]:
            raise InvalidArgument(f"--from {self.first} is not before --to {self.end}")
        return first, end

    def requested_features(self, definitions: Definitions) -> tuple[str, ...]:
        """Returns the names of the requested features. Raises InvalidArgument, UndefinedFeature and UnknownSet."""
        if self._whole:
            return tuple(feature.feature_name for feature in definitions.features)
        if self.out is None or self.topics:
            raise InvalidArgument(
                "--features and --set need --out and exclude --topics: rows in Redis and on topics contain all features"
            )
        names = names_in([] if self.features is None else [self.features])
        of_set = () if self.set_name is None else definitions.feature_set(self.set_name).names
        return (*names, *of_set)

    def part(self, definitions: Definitions) -> Definitions:
        """Returns the definitions of these features and their inputs. Raises the errors of `requested_features`."""
        return definitions if self._whole else part_of(definitions, self.requested_features(definitions))

    @property
    def _whole(self) -> bool:
        return self.features is None and self.set_name is None

    def identity(self) -> dict[str, object]:
        """Identifies this replay, so that a stopped one is found again."""
        return {
            name: None if value is None else str(value)
            for name, value in asdict(self).items()
            if name not in _NOT_ASKED
        }
