"""What must hold across files: names, sources, topics and entities that fit together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dataflows.definitions.checks.aggregated import FoundFeature, folding_errors, hop_of
from dataflows.definitions.checks.baseline import baseline_errors
from dataflows.definitions.checks.cases import case_errors
from dataflows.definitions.checks.derived import cycle_errors, derived_errors
from dataflows.definitions.checks.reserved import name_errors
from dataflows.definitions.checks.rules import rule_errors
from dataflows.definitions.checks.source import source_errors
from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.expressions import ExpressionError, column_names
from dataflows.definitions.model.durations import format
from dataflows.definitions.model.feature import OPTION_NAMES, WrittenFeature
from dataflows.definitions.model.source import WrittenSource
from dataflows.definitions.reading.drafts import Draft, head_of
from dataflows.definitions.reading.parser import Found
from dataflows.expectations import did_you_mean
from dataflows.kernels.offsets import MOST_TABLES

FoundSource = Found[WrittenSource]


@dataclass(frozen=True, slots=True)
class Everything:
    """All that could be read, and the names in files that could not: missing those is no further error."""

    sources: tuple[FoundSource, ...]
    features: tuple[FoundFeature, ...]
    unread_sources: frozenset[str]
    unread_features: frozenset[str]
    source_drafts: tuple[Draft[WrittenSource], ...] = ()
    feature_drafts: tuple[Draft[WrittenFeature], ...] = ()

    def draft_of(self, written: WrittenFeature) -> Draft[WrittenSource] | None:
        """What is known of the source a feature names, where that has mistakes."""
        drafts = [each for each in self.source_drafts if each.found.written.source == written.source]
        return drafts[0] if drafts else None

    def source_of(self, written: WrittenFeature) -> WrittenSource | None:
        """The source a folding feature names, where it is known."""
        return next((each.written for each in self.sources if each.written.source == written.source), None)

    def sources_of(self, written: WrittenFeature) -> tuple[WrittenSource, ...]:
        """All sources a feature reads, through others too, by name."""
        names = sorted(self._source_names(written.feature_name, frozenset()))
        by_name = {each.written.source: each.written for each in self.sources}
        return tuple(by_name[name] for name in names if name in by_name)

    def _source_names(self, name: str, seen: frozenset[str]) -> frozenset[str]:
        written = next((each.written for each in self.features if each.written.feature_name == name), None)
        if written is None or name in seen:
            return frozenset()
        if written.expression is None:
            return frozenset({written.source or ""})
        reads = _reads(written.expression)
        return frozenset().union(*(self._source_names(each, seen | {name}) for each in reads))


def all_errors(everything: Everything) -> Iterator[DefinitionError]:
    """Every mistake beyond the single fields."""
    for source in everything.sources:
        yield from source_errors(source)
    yield from _twice(everything.sources, "source", "a source name once")
    yield from _twice(everything.sources, "topic", "a raw topic in one source")
    yield from _twice(everything.features, "feature_name", "a feature name once")
    yield from _topic_errors(everything)
    yield from _hops_errors(everything.features)
    by_name = {each.written.feature_name: each for each in everything.features}
    for feature in everything.features:
        yield from _feature_errors(feature, everything, by_name)
    for source_draft in everything.source_drafts:
        yield from source_draft.certain(source_errors(source_draft.found))
    for draft in everything.feature_drafts:
        yield from draft.certain(_feature_errors(draft.found, everything, by_name))
    yield from cycle_errors({n: f for n, f in by_name.items() if f.written.expression is not None})


def _feature_errors(
    found: FoundFeature, everything: Everything, by_name: Mapping[str, FoundFeature]
) -> Iterator[DefinitionError]:
    known = {*WrittenFeature.model_fields, *OPTION_NAMES}
    for key in found.written.extras:
        if key not in known:
            yield found.error((key,), "a known key", did_you_mean(key, known))
    if found.written.expression is None:
        yield from _source_known(found, everything)
        yield from _folding_errors(found, everything)
    else:
        yield from derived_errors(found, by_name, everything.unread_features)
    yield from name_errors(found)
    yield from baseline_errors(found)
    yield from rule_errors(found)
    sources = everything.sources_of(found.written)
    yield from case_errors(found, sources) if sources else ()


def _folding_errors(found: FoundFeature, everything: Everything) -> Iterator[DefinitionError]:
    """Mistakes of a folding feature; against a source that has mistakes itself those that do not follow from them."""
    written = found.written
    source, draft = everything.source_of(written), everything.draft_of(written)
    if source is not None or draft is None:
        yield from folding_errors(found, source)
        return
    follows = {"entity_id"} if {"entities", "columns"} & draft.doubted else set()
    for key, depends in (("filter", ()), ("value", ("value_type",))):
        if "columns" in draft.doubted or draft.unsure & set(_reads(getattr(written, key) or "")):
            follows |= {key, *depends}
    yield from (error for error in folding_errors(found, draft.found.written) if head_of(error) not in follows)


def _source_known(found: FoundFeature, everything: Everything) -> Iterator[DefinitionError]:
    name, known = found.written.source, {each.written.source for each in everything.sources}
    if name is not None and name not in known | everything.unread_sources:
        yield found.error(("source",), f"a source instead of {name}", did_you_mean(name, known))


def _twice(files: Iterable[FoundSource] | Iterable[FoundFeature], key: str, expected: str) -> Iterator[DefinitionError]:
    first: dict[str, FoundSource | FoundFeature] = {}
    for found in files:
        name = getattr(found.written, key)
        if name in first:
            where = first[name]
            yield found.error((key,), expected, f"{where.file}:{where.document.line((key,))} has it already")
        first.setdefault(name, found)


def _topic_errors(everything: Everything) -> Iterator[DefinitionError]:
    raw = {each.written.topic: each.written.source for each in everything.sources}
    first: dict[str, FoundFeature] = {}
    for found in everything.features:
        topic, entity_id = found.written.topic_name, found.written.entity_id
        if topic in raw:
            yield found.error(("topic_name",), "a topic of its own", f"it is the raw topic of {raw[topic]}")
        other = first.setdefault(topic, found).written
        if other.entity_id != entity_id:
            hint = f"{other.feature_name} of {other.entity_id} has it"
            yield found.error(("topic_name",), f"a topic of {entity_id} alone", hint)


def _hops_errors(features: Iterable[FoundFeature]) -> Iterator[DefinitionError]:
    """A shard has room for so many tables of tiles, one a hop."""
    by_entity: dict[str, set[int]] = {}
    for found in (each for each in features if each.written.window is not None):
        entity_id, hop = found.written.entity_id, hop_of(found.written)
        hops = by_entity.setdefault(entity_id, set())
        if len(hops) == MOST_TABLES and hop not in hops:
            key = "window" if found.written.hop is None else "hop"
            hint = f"give it a hop that another has, such as {format(max(hops))}"
            yield found.error((key,), f"at most {MOST_TABLES} different hops among the features of {entity_id}", hint)
        else:
            hops.add(hop)


def _reads(expression: str) -> tuple[str, ...]:
    try:
        return column_names(expression)
    except ExpressionError:
        return ()
