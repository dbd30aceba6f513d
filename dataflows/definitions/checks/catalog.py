"""What the files of a folder define together: what a feature can refer to."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from dataflows.definitions.model.feature import WrittenFeature
from dataflows.definitions.model.source import WrittenSource
from dataflows.definitions.reading.drafts import Draft
from dataflows.definitions.reading.folder import ParsedDefinitions

T = TypeVar("T")


class Catalog:
    """Specs by name, a name that is there twice as its first file has it; and what is known of files with mistakes."""

    def __init__(self, parsed: ParsedDefinitions) -> None:
        sources, features = parsed.sources, parsed.features
        drafts = ((draft.parsed.spec.source, draft) for draft in sources.drafts)
        self.sources: Mapping[str, WrittenSource] = first_of((file.spec.source, file.spec) for file in sources.whole)
        self.source_drafts: Mapping[str, Draft[WrittenSource]] = first_of(drafts)
        self.features: Mapping[str, WrittenFeature] = first_of(
            (file.spec.feature_name, file.spec) for file in features.whole
        )
        self.unread_sources, self.unread_features = sources.unread, features.unread
        self._types = _types_by_entity(self.features.values())

    def siblings(self, spec: WrittenFeature) -> dict[str, str]:
        """The other features of the entity and their value types: the columns of its derived features."""
        types = self._types.get(spec.entity_id, {})
        return {name: value_type for name, value_type in types.items() if name != spec.feature_name}


def first_of(named: Iterable[tuple[str, T]]) -> dict[str, T]:
    """What comes first under each name, in this order.

    >>> first_of([("a", 1), ("b", 2), ("a", 3)])
    {'a': 1, 'b': 2}
    """
    first: dict[str, T] = {}
    for name, spec in named:
        first.setdefault(name, spec)
    return first


def _types_by_entity(specs: Iterable[WrittenFeature]) -> dict[str, dict[str, str]]:
    types: dict[str, dict[str, str]] = {}
    for spec in specs:
        types.setdefault(spec.entity_id, {})[spec.feature_name] = spec.value_type
    return types
