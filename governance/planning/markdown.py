"""A plan as a comment of a pull request."""

from collections.abc import Iterable, Sequence

from governance.planning.change import Change
from governance.planning.cost import cost_words
from governance.planning.plan import Plan
from governance.planning.words import MEANINGS, consumer_words, field_words, price_words, said, summary, topic_words

MARK = "<!-- headrace-plan -->"
"""By which the comment is found again, so that it is renewed and not repeated."""
MOST_CHARACTERS = 65_000
"""GitHub takes 65,536 of a comment."""
_REST = 200


def markdown(plan: Plan) -> str:
    """The plan, refusals first, cut to what a comment takes; what is cut is counted."""
    head = [MARK, f"### Headrace plan: {_text(summary(plan))}", ""]
    facts = [
        *(f"- :no_entry: {_text(problem)}" for problem in plan.problems),
        *_table(plan.changes),
        *(f"- {_text(topic_words(topic))}" for topic in plan.topics),
        *(f"- {_text(price_words(price))}" for price in plan.prices),
        *(f"- {_text(words)}" for words in (cost_words(plan.cost) if plan.cost else ())),
        *(f"- {_text(consumer_words(consumer))}" for consumer in plan.consumers),
    ]
    return "\n".join([*head, *_cut(facts, MOST_CHARACTERS - sum(map(len, head)) - _REST)]) + "\n"


def _table(changes: Sequence[Change]) -> Iterable[str]:
    if not changes:
        return
    yield from ("", "| | what happens | keys | means |", "| --- | --- | --- | --- |")
    for change in changes:
        keys = "<br>".join(_text(field_words(field)) for field in change.fields)
        means = MEANINGS[change.categories[0]] if change.action == "change" else ""
        told = "<br>".join(map(_text, (said(change), *change.notes)))
        yield f"| {change.subject} `{change.name}` | {told} | {keys} | {means} |"
    yield ""


def _cut(facts: Sequence[str], room: int) -> list[str]:
    shown, used = list[str](), 0
    for place, fact in enumerate(facts):
        used += len(fact) + 1
        if used > room:
            return [*shown, "", f"and {len(facts) - place} more lines: see the output of the job"]
        shown.append(fact)
    return shown


def _text(text: str) -> str:
    """Words of others: they mention nobody, and neither end a cell nor begin HTML."""
    plain = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("@", "@\u200b").replace("`", "\\`").replace("[", "\\[")
