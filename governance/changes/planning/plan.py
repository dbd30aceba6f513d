"""Plans a change of definitions: everything that it does, and whether it is allowed."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from dataflows.definitions import Definitions
from governance.changes.planning.change import Category, Change
from governance.changes.planning.comparison import compare
from governance.changes.planning.compatibility import Strategy, TopicChange, TopicSchemas, topic_changes
from governance.changes.planning.consumers import FeatureConsumer, check_consumers, consumers
from governance.changes.planning.cost import CostChange
from governance.changes.planning.deprecations import note_deprecations
from governance.changes.planning.promotion import note_promotions
from governance.changes.planning.protection import check_protection
from governance.changes.planning.state_restart import StateRestart, prices
from governance.changes.planning.versions import check_versions


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of definitions and topics, their cost, and the affected readers."""

    changes: tuple[Change, ...]
    topics: tuple[TopicChange, ...] = ()
    prices: tuple[StateRestart, ...] = ()
    consumers: tuple[FeatureConsumer, ...] = ()
    cost: CostChange | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """Returns why it is refused; each reason begins with its subject."""
        of_changes = [f"{change.name}: {problem}" for change in self.changes for problem in change.problems]
        return (*of_changes, *(f"topic {topic.topic}: {topic.problem}" for topic in self.topics if topic.problem))

    def count(self, category: Category) -> int:
        """Counts the definitions whose gravest category this is."""
        return sum(change.categories[0] == category for change in self.changes)

    def as_json(self) -> dict[str, Any]:
        """Returns the plan for programs."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return {"plan": 1, "refused": bool(self.problems), "problems": list(self.problems), **fields}


def plan(
    before: Definitions,
    after: Definitions,
    strategy: Strategy = "FULL",
    schemas: Mapping[str, TopicSchemas] = MappingProxyType({}),
    seen: Iterable[FeatureConsumer] = (),
) -> Plan:
    """Plans the change from the definitions on record to those of a folder.

    `schemas` are those on the broker, by topic; for other topics `strategy` applies. `seen` are readers that no feature
    set declares.
    """
    checked = check_consumers(check_versions(compare(before, after), before, after), before, after)
    noted = note_promotions(note_deprecations(check_protection(checked, before), after), before, after)
    changes = tuple(noted)
    touched = {change.name for change in changes if _concerns_readers(change)}
    return Plan(
        changes=changes,
        topics=tuple(topic_changes(before, after, strategy, schemas)),
        prices=tuple(prices(changes, before, after)),
        consumers=tuple(consumer for consumer in (*consumers(before), *seen) if consumer.feature in touched),
    )


def _concerns_readers(change: Change) -> bool:
    """Returns whether readers see a difference, or should read something else."""
    return bool({"contract", "value"} & {*change.categories}) or any(
        field.name == "deprecated" for field in change.fields
    )
