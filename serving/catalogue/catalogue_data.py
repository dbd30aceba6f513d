"""Holds what pages of the catalogue are made from, in `headrace serve` and on the static site."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dataflows.definitions import Definitions, FeatureSet
from serving.catalogue.definition_texts import DefinitionTexts, definition_texts
from serving.catalogue.entries import CatalogueEntry, EntryKind, catalogue_entries
from serving.catalogue.facts import CatalogueFacts, FeatureFacts, SourceFacts
from serving.catalogue.lineage_chart import Link, lineage_chart
from serving.catalogue.lineage_graph import DefinitionLineage, LineageGraph, LineageNode
from serving.catalogue.search import entry_choices
from serving.filter_choices import FilterChoice


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """The template of a definition's page, and its values."""

    template: str
    values: Mapping[str, Any]


class Catalogue:
    """The definitions of the catalogue; `folder` holds their files, `prefix` begins the keys in Redis."""

    def __init__(self, definitions: Definitions, folder: Path, prefix: str) -> None:
        self.definitions, self._folder, self._prefix = definitions, folder, prefix
        self.entries: tuple[CatalogueEntry, ...] = catalogue_entries(definitions)

    @cached_property
    def texts(self) -> DefinitionTexts:
        """Returns the files of the definitions, read once. Raises OSError."""
        return definition_texts(self._folder)

    @cached_property
    def choices(self) -> dict[str, list[FilterChoice]]:
        """Returns the choices of each filter."""
        return entry_choices(self.entries)

    @cached_property
    def _facts(self) -> CatalogueFacts:
        return CatalogueFacts(self.definitions)

    @cached_property
    def _lineage(self) -> DefinitionLineage:
        return DefinitionLineage(self.definitions)

    def view(self, kind: EntryKind, name: str, link: Link) -> CatalogueView | None:
        """Returns the page of a definition; None if it does not exist. `link` returns the addresses of others."""
        facts = self._facts_of(kind, name)
        if facts is None:
            return None
        graph, here = self._lineage_of(kind, name)
        values = {
            "facts": facts,
            "chart": lineage_chart(graph, link, here),
            "text": self.texts.get((kind, name)),
            "link": link,
            "prefix": self._prefix,
            "kind": kind,
            "name": name,
        }
        return CatalogueView(f"catalogue_{kind}.html", values)

    def _facts_of(self, kind: EntryKind, name: str) -> FeatureFacts | FeatureSet | SourceFacts | None:
        if kind == "feature":
            return self._facts.of_feature(name)
        return self._facts.of_set(name) if kind == "set" else self._facts.of_source(name)

    def _lineage_of(self, kind: EntryKind, name: str) -> tuple[LineageGraph, list[LineageNode]]:
        """Returns the lineage around a definition, and the nodes that represent it."""
        if kind == "feature":
            return self._lineage.of_feature(name), [LineageNode("feature", name)]
        if kind == "set":
            return self._lineage.of_set(name), [LineageNode("set", name)]
        graph = self._lineage.of_source(name)
        return graph, [node for layer in graph.layers for node in layer if node.name.startswith(f"{name}.")]
