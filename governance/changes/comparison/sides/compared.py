"""Selects the features of a plan to compare: new ones, and those whose values or contract change."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dataflows.definitions import Definitions, Feature
from governance.changes.planning import Change


@dataclass(frozen=True, slots=True)
class ComparedFeature:
    """A feature after and before the change; `before` is None for a new one, or if its entity changes."""

    after: Feature
    before: Feature | None
    note: str = ""

    @property
    def name(self) -> str:
        """Returns its name, the same on both sides."""
        return self.after.feature_name

    @property
    def is_new(self) -> bool:
        """Returns whether no feature of this name existed."""
        return self.before is None and not self.note


def compared_features(
    changes: Iterable[Change], before: Definitions, after: Definitions
) -> tuple[ComparedFeature, ...]:
    """Returns the features of a plan to compare, by name; a removed one has nothing to compare."""
    return tuple(_compared(changes, _by_name(before), _by_name(after)))


def _compared(
    changes: Iterable[Change], old: Mapping[str, Feature], new: Mapping[str, Feature]
) -> Iterator[ComparedFeature]:
    for change in changes:
        if change.subject != "feature" or change.name not in new:
            continue
        if change.name not in old:
            yield ComparedFeature(new[change.name], None)
        elif {"contract", "value"} & {*change.categories}:
            yield _changed(old[change.name], new[change.name])


def _changed(before: Feature, after: Feature) -> ComparedFeature:
    if before.entity_id == after.entity_id:
        return ComparedFeature(after, before)
    return ComparedFeature(
        after, None, f"its entity was {before.entity_id}, so no value of before belongs to one of after"
    )


def _by_name(definitions: Definitions) -> dict[str, Feature]:
    return {feature.feature_name: feature for feature in definitions.features}
