"""Finds the texts of events that enter the state: each stays in memory and in rows for as long as its window."""

from dataflows.compiler import source_inputs
from dataflows.definitions import Definitions, Source, compile_expression


def kept_columns(source: Source, definitions: Definitions) -> set[str]:
    """Returns the columns whose texts enter the state of some feature."""
    feeds = [source_inputs(definitions.of_entity(entity_id)).get(source.name) for entity_id in definitions.entity_ids]
    expressions = {value.text for feed in feeds if feed for value in feed.values if value.interned}
    return {name for text in expressions for name in compile_expression(text, source.columns).reads}
