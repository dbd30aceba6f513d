"""Words a plan, in the same way in a terminal and in a comment."""

import json
from collections.abc import Iterator
from typing import Any

from dataflows.readable import one_line
from governance.changes.planning.change import CATEGORIES, Category, Change, FieldChange
from governance.changes.planning.compatibility import TopicChange
from governance.changes.planning.consumers import FeatureConsumer
from governance.changes.planning.cost import cost_words
from governance.changes.planning.plan import Plan
from governance.changes.planning.state_restart import StateRestart
from reports.phrases import passed

MEANINGS: dict[Category, str] = {
    "contract": "readers see another type, entity or topic",
    "value": "values are computed differently",
    "quality": "values are checked by other rules",
    "metadata": "only descriptions change",
}
_ACTS = {"add": "added", "remove": "removed", "change": "changed"}
_LONGEST = 60


def lines(plan: Plan) -> Iterator[str]:
    """Yields the whole plan, one fact per line."""
    yield summary(plan)
    for change in plan.changes:
        yield f"{change.subject} {change.name}: {describe(change)}"
        yield from (f"  {field_words(field)}" for field in change.fields)
        yield from (f"  refused: {problem}" for problem in change.problems)
        yield from (f"  note: {note}" for note in change.notes)
    yield from map(topic_words, plan.topics)
    yield from map(price_words, plan.prices)
    yield from cost_words(plan.cost) if plan.cost else ()
    yield from map(consumer_words, plan.consumers)


def summary(plan: Plan) -> str:
    """Words the plan in one sentence."""
    if not plan.changes:
        return "nothing to do: the registry already contains these definitions"
    counted = ", ".join(f"{count} {category}" for category in CATEGORIES if (count := plan.count(category)))
    changes = len(plan.changes)
    refused = f"; refused for {len(plan.problems)} reason{'s' * (len(plan.problems) > 1)}" if plan.problems else ""
    return f"{changes} change{'s' * (changes > 1)} ({counted}){refused}"


def describe(change: Change) -> str:
    """Words a change, its categories, and its causes."""
    through = f" through {', '.join(change.through)}" if change.through else ""
    categories = f" ({', '.join(change.categories)})" if change.action == "change" else ""
    return f"{_ACTS[change.action]}{categories}{through}"


def field_words(field: FieldChange) -> str:
    """Words a key before and after, cut to a readable length; for lists and mappings, the added and removed entries."""
    if isinstance(field.before, list | dict) and isinstance(field.after, list | dict):
        return f"{field.name}: {', '.join(_entries(field.before, field.after)) or 'in another order'}"
    return f"{field.name}: {_excerpt(field.before)} -> {_excerpt(field.after)}"


def topic_words(topic: TopicChange) -> str:
    """Words the change of a topic and its record."""
    fields = [f"+{name}" for name in topic.added] + [f"-{name}" for name in topic.removed]
    listed = f": {', '.join(fields)}" if fields else ""
    verdict = f"; refused: {topic.problem}" if topic.problem else ""
    return f"topic {topic.topic}: {_ACTS[topic.action]}{listed}{verdict}"


def price_words(price: StateRestart) -> str:
    """Words how long a feature is incomplete."""
    begins = f"{price.feature} {'is new' if price.new else 'starts over'}"
    if price.warm_up_ms is None:
        return f"{begins}: only a replay of its whole history completes it"
    return f"{begins}: it warms up for {passed(price.warm_up_ms)}, unless you replay it"


def consumer_words(consumer: FeatureConsumer) -> str:
    """Words who reads what, and how it is known."""
    verb = "may read" if consumer.certainty == "possible" else "reads"
    owner = f" ({consumer.owner})" if consumer.owner else ""
    return f"{consumer.name}{owner} {verb} {consumer.feature}: {consumer.by}"


def _entries(before: Any, after: Any) -> Iterator[str]:
    """Yields removed and added entries; a key with another value is both."""
    old, new = ([*value.items()] if isinstance(value, dict) else value for value in (before, after))
    yield from (f"-{_entry(entry)}" for entry in old if entry not in new)
    yield from (f"+{_entry(entry)}" for entry in new if entry not in old)


def _entry(entry: Any) -> str:
    return f"{entry[0]}: {_excerpt(entry[1])}" if isinstance(entry, tuple) else _excerpt(entry)


def _excerpt(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return one_line(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}...")
