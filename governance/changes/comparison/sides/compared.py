"""Which features of a plan have their values compared: new ones, and those whose values or contract change."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dataflows.definitions import Definitions, Feature
from governance.changes.planning import Change


@dataclass(frozen=True, slots=True)
class ComparedFeature:
    """A feature as it becomes, and as it was; `before` is None for a new one, or where entities are others."""

    after: Feature
    before: Feature | None
    note: str = ""

    @property
    def name(self) -> str:
        """The same on both sides."""
        return self.after.feature_name

    @property
    def is_new(self) -> bool:
        """Whether there was none of this name."""
        return self.before is None and not self.note


def compared_features(
    changes: Iterable[Change], before: Definitions, after: Definitions
) -> tuple[ComparedFeature, ...]:
    """The features of a plan to compare, by name; of one that is removed there is nothing to say."""
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
        after, None, f"its entity was {before.entity_id}, so values before and after cannot be matched"
    )


def _by_name(definitions: Definitions) -> dict[str, Feature]:
    return {feature.feature_name: feature for feature in definitions.features}
