"""Selects features for a reader: all of an entity type, some by name, or those of a feature set."""

from collections.abc import Sequence

from connectors.errors import ExitCode, HeadraceError
from dataflows.definitions import Definitions, Feature


class SelectionError(HeadraceError, LookupError):
    """Features cannot be selected; the message states what is expected."""

    exit_code = ExitCode.WRONG


class UnknownEntityType(SelectionError):
    """No definition has this entity type; the message lists the known ones."""

    def __init__(self, entity_type: str, known: Sequence[str]) -> None:
        self.known = tuple(known)
        super().__init__(
            f"unknown entity type {entity_type!r}; expected one of: {', '.join(known) or 'none is defined'}"
        )


class UnknownFeature(SelectionError):
    """The entity type has no such feature."""


class FeatureSelector:
    """Selects features by the definitions."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._features = {
            entity_type: definitions.of_entity(entity_id) for entity_type, entity_id in definitions.entity_types.items()
        }

    def of(
        self, entity_type: str, names: Sequence[str] | None = None, set_name: str | None = None
    ) -> tuple[Feature, ...]:
        """Returns the features in the order requested: of the names, of the feature set, or all of the entity type.

        Raises UnknownEntityType, UnknownFeature, UnknownSet; SelectionError if a set is given beside names, or has no
        feature of the entity type.
        """
        if entity_type not in self._features:
            raise UnknownEntityType(entity_type, tuple(self._features))
        if set_name is not None:
            return self._of_set(entity_type, names, set_name)
        return self._features[entity_type] if names is None else self._by_name(entity_type, names)

    def _by_name(self, entity_type: str, names: Sequence[str]) -> tuple[Feature, ...]:
        known = {feature.feature_name: feature for feature in self._features[entity_type]}
        if unknown := [name for name in names if name not in known]:
            raise UnknownFeature(f"unknown feature {', '.join(map(repr, unknown))} of entity type {entity_type!r}")
        return tuple(known[name] for name in names)

    def _of_set(self, entity_type: str, names: Sequence[str] | None, set_name: str) -> tuple[Feature, ...]:
        if names is not None:
            raise SelectionError(f"both features and the feature set {set_name!r:.80} are given; expected one of them")
        chosen = self._definitions.feature_set(set_name)
        features = tuple(feature for feature in chosen.features if feature.entity_type == entity_type)
        if not features:
            types = ", ".join(sorted({feature.entity_type for feature in chosen.features}))
            raise SelectionError(
                f"feature set {set_name!r} contains no feature of {entity_type!r}; expected one of: {types}"
            )
        return features
