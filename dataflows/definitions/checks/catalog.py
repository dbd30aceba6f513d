"""Collects the definitions of a folder that a feature can refer to."""

from collections.abc import Iterable, Mapping, Set

from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.feature_set import FeatureSetSpec
from dataflows.definitions.model.source import SourceSpec
from dataflows.definitions.reading.drafts import Draft
from dataflows.definitions.reading.folder import ParsedDefinitions


class SpecCatalog:
    """Specs by name, and what could be read from files with mistakes.

    Of two sources with the same name the first counts, of two features the last; sharing a name is an error in any
    case. Unless the files are the `whole` of a folder, definitions that they mention only for readers may be missing.
    """

    def __init__(self, parsed: ParsedDefinitions, *, whole: bool = True) -> None:
        self.whole = whole
        sources, features = parsed.sources, parsed.features
        self.sources: Mapping[str, SourceSpec] = {file.spec.source: file.spec for file in reversed(sources.whole)}
        self.source_drafts: Mapping[str, Draft[SourceSpec]] = {
            draft.parsed.spec.source: draft for draft in reversed(sources.drafts)
        }
        self.features: Mapping[str, FeatureSpec] = {file.spec.name: file.spec for file in features.whole}
        self.sets: Mapping[str, FeatureSetSpec] = {file.spec.set_name: file.spec for file in parsed.sets.whole}
        self.unread_sources, self.unread_features, self.unread_sets = (
            sources.unread,
            features.unread,
            parsed.sets.unread,
        )
        self._types = _types_by_entity(self.features.values())

    @property
    def entity_ids(self) -> Set[str]:
        """Returns the entity ids that have features."""
        return self._types.keys()

    def siblings(self, spec: FeatureSpec) -> dict[str, str]:
        """Returns the entity's other features and their value types: the columns of its derived features."""
        types = self._types.get(spec.entity_id, {})
        return {name: value_type for name, value_type in types.items() if name != spec.name}


def _types_by_entity(specs: Iterable[FeatureSpec]) -> dict[str, dict[str, str]]:
    types: dict[str, dict[str, str]] = {}
    for spec in specs:
        types.setdefault(spec.entity_id, {})[spec.name] = spec.value_type
    return types
