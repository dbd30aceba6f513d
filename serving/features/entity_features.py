"""Models an entity in the store: its features, or that it is unreadable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.errors import ExitCode, HeadraceError
from serving.features.values import Value

if TYPE_CHECKING:
    from dataflows.definitions import Deprecation


class UnreadableEntity(HeadraceError):
    """A key in the store holds no entity: another program writes it."""

    exit_code = ExitCode.SERVICE


@dataclass(frozen=True, slots=True)
class EntityFeatures:
    """The features of one entity in the online store: values by feature name, None for a missing value.

    The values hold at `as_of_ms` (event time). `warming` features have not yet seen a whole window; values of
    `quarantined` features are withheld because they violate a rule. `unusable` maps a feature to the reason why its
    stored text is not one of its values. `deprecated` holds the deprecated features, and the requested feature set if
    it is deprecated.
    """

    key: str
    as_of_ms: int
    values: Mapping[str, Value]
    warming: frozenset[str]
    quarantined: frozenset[str]
    unusable: Mapping[str, str] = field(default_factory=dict)
    deprecated: "Mapping[str, Deprecation]" = field(default_factory=dict)
