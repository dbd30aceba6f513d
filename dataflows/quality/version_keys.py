"""Keys under which features are judged: a version keeps its key when it is promoted or demoted.

So the state of a candidate continues with the promoted feature: its reference, its incidents, its open interval.
"""

from collections.abc import Callable, Mapping

import msgspec

from dataflows.definitions import Definitions, Feature, bare_name
from dataflows.definitions.model.version_names import version_name
from reports.alerting import EarlierState, Monitor

_Kept = tuple[str, int | None, bytes]
"""State of a judging step: key, earliest open interval, and monitor."""


def version_key(feature: Feature) -> str:
    """Returns the name of a version whether it is promoted or not, such as `user_spend_1h@2`."""
    return version_name(bare_name(feature.feature_name), feature.version)


class VersionKeys:
    """The keys of the defined features, by name and back."""

    def __init__(self, definitions: Definitions) -> None:
        self._keys: Mapping[str, str] = {feature.feature_name: version_key(feature) for feature in definitions.features}
        self._names: Mapping[str, str] = {key: name for name, key in self._keys.items()}

    def key(self, name: str) -> str:
        """Returns the key of a feature; its name if it is not defined."""
        return self._keys.get(name, name)

    def monitors(self, monitor_of: Callable[[str], Monitor | None]) -> Callable[[str], Monitor | None]:
        """Wraps a function that creates monitors by name, so that it takes keys; a name is no key."""
        return lambda key: monitor_of(self._names[key]) if key in self._names else None

    def rekeyed(self, earlier: EarlierState) -> EarlierState:
        """Rekeys the state of a feature from its name to its key."""
        name, earliest, monitor = msgspec.msgpack.decode(earlier.snapshot, type=_Kept)
        key = self.key(name)
        return EarlierState(key, msgspec.msgpack.encode((key, earliest, monitor)))


def key_kept(snapshot: bytes) -> str:
    """Returns the key in the state of a judging step."""
    key, _, _ = msgspec.msgpack.decode(snapshot, type=_Kept)
    return str(key)
