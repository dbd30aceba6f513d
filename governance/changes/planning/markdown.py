"""Formats a plan as a comment of a pull request."""

from collections.abc import Iterable, Sequence

from governance.changes.planning.change import Change
from governance.changes.planning.cost import cost_words
from governance.changes.planning.plan import Plan
from governance.changes.planning.words import (
    MEANINGS,
    consumer_words,
    describe,
    field_words,
    price_words,
    summary,
    topic_words,
)
from governance.comment_text import cut, escaped

MARK = "<!-- headrace-plan -->"
"""Marker by which the comment is found again and updated."""
MOST_CHARACTERS = 65_000
"""GitHub accepts 65,536 characters in a comment."""
_REST = 200


def markdown(plan: Plan, room: int = MOST_CHARACTERS) -> str:
    """Formats the plan, refusals first, within the size of a comment (characters); counts the lines left out."""
    head = [MARK, f"### Headrace plan: {escaped(summary(plan))}", ""]
    facts = [
        *(f"- :no_entry: {escaped(problem)}" for problem in plan.problems),
        *_table(plan.changes),
        *(f"- {escaped(topic_words(topic))}" for topic in plan.topics),
        *(f"- {escaped(price_words(price))}" for price in plan.prices),
        *(f"- {escaped(words)}" for words in (cost_words(plan.cost) if plan.cost else ())),
        *(f"- {escaped(consumer_words(consumer))}" for consumer in plan.consumers),
    ]
    return "\n".join([*head, *cut(facts, room - sum(map(len, head)) - _REST)]) + "\n"


def _table(changes: Sequence[Change]) -> Iterable[str]:
    if not changes:
        return
    yield from ("", "| | what happens | keys | means |", "| --- | --- | --- | --- |")
    for change in changes:
        keys = "<br>".join(escaped(field_words(field)) for field in change.fields)
        means = MEANINGS[change.categories[0]] if change.action == "change" else ""
        texts = "<br>".join(map(escaped, (describe(change), *change.notes)))
        yield f"| {change.subject} `{change.name}` | {texts} | {keys} | {means} |"
    yield ""
