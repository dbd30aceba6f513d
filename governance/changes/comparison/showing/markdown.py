"""Formats a comparison as a part of a comment: tables that are cut if they are too long, with a count."""

from collections.abc import Iterator, Sequence

from dataflows.readable import one_line
from governance.changes.comparison.report import DataComparison, FeatureComparison
from governance.changes.comparison.showing import facts
from governance.changes.comparison.showing.sparkline import sparklines
from governance.comment_text import cut, escaped
from reports.moments import moment

ROOM = 25_000
"""Characters in a comment; the rest belongs to the plan."""
_REST = 200


def section(report: DataComparison, room: int = ROOM) -> str:
    """Returns the section, cut to `room` characters; counts the lines left out."""
    head = ["", f"#### {_words(facts.heading(report))}", ""]
    lines = [
        *(f"- {_words(facts.source_words(source))}" for source in report.sources),
        *_changed([feature for feature in report.features if feature.status == "changed"]),
        *_others([feature for feature in report.features if feature.status != "changed"]),
        *_examples(report.features),
        *_transitions(report.features),
        *(f"- {_words(note)}" for note in facts.limitations(report)),
        *_pictures(report.features),
    ]
    return "\n".join([*head, *cut(lines, room - sum(map(len, head)) - _REST)]) + "\n"


def _changed(features: Sequence[FeatureComparison]) -> Iterator[str]:
    if not features:
        return
    yield from (
        "",
        "| changed | equal | of values | mean difference | p99 | largest | null | before, after |",
        _rule(8),
    )
    for feature in features:
        difference = feature.difference
        apart = (
            [facts.distance(feature, value) for value in (difference.mean, difference.p99, difference.largest)]
            if difference
            else ["-"] * 3
        )
        rows = f"{feature.rows:,}"
        yield _row(
            _name(feature), facts.equal_words(feature), rows, *apart, facts.nulls_words(feature), _spread(feature)
        )
    yield ""


def _others(features: Sequence[FeatureComparison]) -> Iterator[str]:
    if not features:
        return
    yield from ("", "| new | values | entities | null | mean | p5 | p50 | p95 | largest | values |", _rule(10))
    for feature in features:
        profile = feature.after
        names = ("p5", "p50", "p95", "max")
        numbers = [facts.shown_number(feature, value) for value in (profile.mean, *map(profile.quantiles.get, names))]
        sizes = f"{feature.rows:,}", f"{feature.entities:,}"
        yield _row(_name(feature), *sizes, facts.nulls_words(feature), *numbers, _spread(feature) or _frequent(feature))
    yield ""


def _examples(features: Sequence[FeatureComparison]) -> Iterator[str]:
    if not any(feature.largest for feature in features):
        return
    yield from ("", "| largest differences | entity | at (UTC) | before | after |", _rule(5))
    for feature in features:
        for example in feature.largest:
            values = [facts.displayed(value, feature.value_type) for value in (example.before, example.after)]
            yield _row(_name(feature), _words(one_line(example.entity)), moment(example.at_ms), *map(_words, values))
    yield ""


def _transitions(features: Sequence[FeatureComparison]) -> Iterator[str]:
    if not any(feature.transitions for feature in features):
        return
    yield from ("", "| transitions | before | after | count |", _rule(4))
    for feature in features:
        for transition in feature.transitions:
            values = [_words(facts.displayed(value)) for value in (transition.before, transition.after)]
            yield _row(_name(feature), *values, f"{transition.count:,}")
    yield ""


def _pictures(features: Sequence[FeatureComparison]) -> Iterator[str]:
    drawn = [feature.plot for feature in features if feature.plot]
    if drawn:
        more = f" and {len(drawn) - 1} more in the same folder" if len(drawn) > 1 else ""
        yield f"- charts: {_words(drawn[0])}{more}"


def _spread(feature: FeatureComparison) -> str:
    if feature.bars is None:
        return ""
    before, after = sparklines(feature.bars.before, feature.bars.after)
    charts = f"`{before}`<br>`{after}`" if feature.status == "changed" else f"`{after}`"
    return f"{charts}<br>{facts.range_words(feature)}"


def _frequent(feature: FeatureComparison) -> str:
    return "<br>".join(f"{_words(facts.displayed(text))}: {count:,}" for text, count in feature.after.frequent[:5])


def _name(feature: FeatureComparison) -> str:
    return f"`{feature.feature}`"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return _row(*["---"] * columns)


def _words(text: str) -> str:
    return escaped(text)
