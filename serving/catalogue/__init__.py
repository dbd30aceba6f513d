"""The catalogue of all definitions, as pages and the static site show it."""

from serving.catalogue.catalogue_data import Catalogue, CatalogueView
from serving.catalogue.definition_texts import DefinitionText, DefinitionTexts, definition_texts
from serving.catalogue.entries import CatalogueEntry, EntryKind, catalogue_entries
from serving.catalogue.facts import CatalogueFacts, FeatureFacts, SourceFacts
from serving.catalogue.lineage_chart import Link, lineage_chart
from serving.catalogue.lineage_graph import DefinitionLineage, LineageGraph, LineageNode
from serving.catalogue.search import CatalogueFilter, entry_choices, filter_of

__all__ = [
    "Catalogue",
    "CatalogueEntry",
    "CatalogueFacts",
    "CatalogueFilter",
    "CatalogueView",
    "DefinitionLineage",
    "DefinitionText",
    "DefinitionTexts",
    "EntryKind",
    "FeatureFacts",
    "LineageGraph",
    "LineageNode",
    "Link",
    "SourceFacts",
    "catalogue_entries",
    "definition_texts",
    "entry_choices",
    "filter_of",
    "lineage_chart",
]
