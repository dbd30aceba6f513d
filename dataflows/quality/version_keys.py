"""The keys by which features are judged: a version keeps its own when it is promoted or steps back.

So what is known of a candidate goes on with the promoted feature: its reference, its incidents, its open interval.
"""

from collections.abc import Callable, Mapping

import msgspec

from dataflows.definitions import Definitions, Feature, bare_name
from dataflows.definitions.model.version_names import version_name
from reports.alerting import EarlierState, Monitor

_Kept = tuple[str, int | None, bytes]
"""What the steps that judge keep of a subject: its key, its earliest open interval, and its monitor."""


def version_key(feature: Feature) -> str:
    """The name of a version whether it is the promoted one or not, such as `user_spend_1h@2`."""
    return version_name(bare_name(feature.feature_name), feature.version)


class VersionKeys:
    """The keys of the features of definitions, by name and back."""

    def __init__(self, definitions: Definitions) -> None:
        self._keys: Mapping[str, str] = {each.feature_name: version_key(each) for each in definitions.features}
        self._names: Mapping[str, str] = {key: name for name, key in self._keys.items()}

    def key(self, name: str) -> str:
        """The key of a feature; of one that is not defined its name."""
        return self._keys.get(name, name)

    def monitors(self, monitor_of: Callable[[str], Monitor | None]) -> Callable[[str], Monitor | None]:
        """The monitors of features by their keys, made of those by name; a name is no key."""
        return lambda key: monitor_of(self._names[key]) if key in self._names else None

    def moved(self, earlier: EarlierState) -> EarlierState:
        """What was kept of a feature by its name, as it is kept by its key."""
        name, earliest, monitor = msgspec.msgpack.decode(earlier.snapshot, type=_Kept)
        key = self.key(name)
        return EarlierState(key, msgspec.msgpack.encode((key, earliest, monitor)))


def key_kept(snapshot: bytes) -> str:
    """The key of what a step that judges kept."""
    key, _, _ = msgspec.msgpack.decode(snapshot, type=_Kept)
    return str(key)
