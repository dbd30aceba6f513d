"""Selects features by name, with their inputs and the columns of their entities' ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dataflows.definitions import Definitions, Feature, entity_type_of
from dataflows.expectations import did_you_mean
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.selection import part_of


@dataclass(frozen=True, slots=True)
class FeatureSelection:
    """The requested features in order, and the spine's id column of each entity type.

    `definitions` contain only these features and their inputs.
    """

    definitions: Definitions
    asked: tuple[Feature, ...]
    columns: Mapping[str, str]

    def of_entity(self, entity_id: str) -> tuple[Feature, ...]:
        """Returns the requested features of an entity, in order."""
        return tuple(feature for feature in self.asked if feature.entity_id == entity_id)

    @property
    def names(self) -> tuple[str, ...]:
        """Returns the names of the requested features, in order."""
        return tuple(feature.feature_name for feature in self.asked)


def select(
    definitions: Definitions, entities: Sequence[str], features: Sequence[str] = (), set_name: str | None = None
) -> FeatureSelection:
    """Selects the requested features, or all of the entities. Raises DatasetError, UndefinedFeature and UnknownSet.

    An entity is a column named like its entity id or type (`user_id`), or `column=entity` (`buyer=user_id`). Without
    entities, a feature set uses columns named like its entity ids.
    """
    of_set = definitions.feature_set(set_name) if set_name else None
    columns = _columns(definitions, entities or (of_set.entity_ids if of_set else ()))
    names = [*features, *(of_set.names if of_set else ())]
    names = list(dict.fromkeys(names)) or _all_of(definitions, columns)
    part = part_of(definitions, names)
    by_name = {feature.feature_name: feature for feature in part.features}
    asked = tuple(by_name[name] for name in names)
    _expect_entities(asked, columns)
    return FeatureSelection(part, asked, columns)


def _columns(definitions: Definitions, entities: Sequence[str]) -> dict[str, str]:
    """Returns the column of each entity id."""
    columns: dict[str, str] = {}
    for written in entities:
        column, _, named = written.partition("=")
        entity_id = _entity_id(definitions, named or column, written)
        if entity_id in columns:
            raise DatasetError(f"--entity {written}: {entity_id} was named before; expected each entity once")
        columns[entity_id] = column
    if not columns:
        raise DatasetError("no entity: name the column of the ids, such as --entity user_id")
    return columns


def _entity_id(definitions: Definitions, named: str, written: str) -> str:
    known = definitions.entity_types
    if (kind := entity_type_of(named)) in known:
        return known[kind]
    hint = did_you_mean(named, known.values()) or "no entity has features"
    raise DatasetError(
        f"--entity {written}: no feature is of an entity {named!r}; {hint}"
        " (a column of another name: --entity COLUMN=ENTITY)"
    )


def _all_of(definitions: Definitions, columns: Mapping[str, str]) -> list[str]:
    return [feature.feature_name for feature in definitions.features if feature.entity_id in columns]


def _expect_entities(asked: Sequence[Feature], columns: Mapping[str, str]) -> None:
    """Checks that every feature has the ids of its entity, and every entity has a feature."""
    for feature in asked:
        if feature.entity_id not in columns:
            raise DatasetError(
                f"feature {feature.feature_name} is of {feature.entity_id}; add --entity {feature.entity_id}"
            )
    for entity_id, column in columns.items():
        if all(feature.entity_id != entity_id for feature in asked):
            raise DatasetError(f"--entity {column}: none of the features asked is of {entity_id}")
