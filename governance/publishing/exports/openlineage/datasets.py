"""Describes what a dataflow reads and writes: source topics; feature topics and rows in Redis, with their columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dataflows.definitions import ColumnOrigins, ColumnUse, Definitions, Feature, Role, Source
from governance.publishing.exports.openlineage.facets import facet, owners, schema
from governance.publishing.exports.openlineage.identity import DatasetName, Deployment

_HOW: Mapping[Role, Mapping[str, str]] = {
    "value": {"type": "DIRECT", "subtype": "AGGREGATION"},
    "filter": {"type": "INDIRECT", "subtype": "FILTER"},
    "entity": {"type": "INDIRECT", "subtype": "GROUP_BY"},
    "time": {"type": "INDIRECT", "subtype": "WINDOW"},
}


def inputs(definitions: Definitions, deployment: Deployment) -> list[dict[str, Any]]:
    """Returns the topics that features are folded from, by name."""
    used = {feature.source for feature in definitions.features if feature.source}
    sources = sorted((definitions.sources[name] for name in used), key=lambda source: source.topic)
    return [_input(deployment.topic(source.topic), source) for source in sources]


def outputs(definitions: Definitions, deployment: Deployment) -> list[dict[str, Any]]:
    """Returns the feature topics, then the rows of each entity type."""
    lineage = _Lineage(definitions, deployment)
    topics = [lineage.output(deployment.topic(topic), features) for topic, features in definitions.topics().items()]
    rows = [
        lineage.output(deployment.rows(entity_type), definitions.of_entity(entity_id))
        for entity_type, entity_id in definitions.entity_types.items()
    ]
    return [*topics, *rows]


def _input(name: DatasetName, source: Source) -> dict[str, Any]:
    facets = {"schema": schema({"name": column, "type": kind} for column, kind in source.columns.items())}
    if source.description:
        facets["documentation"] = facet("DocumentationDatasetFacet", description=source.description)
    return _dataset(name, facets)


class _Lineage:
    """Maps the columns of sources to fields of datasets."""

    def __init__(self, definitions: Definitions, deployment: Deployment) -> None:
        self._definitions, self._deployment, self._origins = definitions, deployment, ColumnOrigins(definitions)

    def output(self, name: DatasetName, features: Sequence[Feature]) -> dict[str, Any]:
        """Returns a dataset with a field for the entity and for each feature."""
        return _dataset(
            name,
            {
                "schema": schema(_fields(features)),
                "ownership": owners("OwnershipDatasetFacet", (feature.owner for feature in features)),
                "columnLineage": facet("ColumnLineageDatasetFacet", fields=self._columns(features)),
            },
        )

    def _columns(self, features: Sequence[Feature]) -> dict[str, Any]:
        behind = {feature.feature_name: self._origins.all(feature.feature_name) for feature in features}
        keys = {(use.source, use.column) for uses in behind.values() for use in uses if use.role == "entity"}
        identity = [self._field(source, column, [_IDENTITY]) for source, column in sorted(keys)]
        fields = {name: {"inputFields": [*self._inputs(uses)]} for name, uses in behind.items()}
        return {features[0].entity_id: {"inputFields": identity}, **fields}

    def _inputs(self, uses: Iterable[ColumnUse]) -> Iterator[dict[str, Any]]:
        """Yields a field for each column, with all its roles."""
        roles: dict[tuple[str, str], list[Role]] = {}
        for use in uses:
            roles.setdefault((use.source, use.column), []).append(use.role)
        for (source, column), parts in sorted(roles.items()):
            yield self._field(source, column, [_HOW[role] for role in parts])

    def _field(self, source: str, column: str, steps: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        dataset = self._deployment.topic(self._definitions.sources[source].topic)
        transformations = [dict(transformation) for transformation in steps]
        return {
            "namespace": dataset.namespace,
            "name": dataset.name,
            "field": column,
            "transformations": transformations,
        }


_IDENTITY = {"type": "DIRECT", "subtype": "IDENTITY"}


def _fields(features: Sequence[Feature]) -> Iterator[dict[str, str]]:
    yield {"name": features[0].entity_id, "type": "STRING"}
    for feature in features:
        yield {"name": feature.feature_name, "type": feature.value_type, "description": feature.description}


def _dataset(name: DatasetName, facets: Mapping[str, Any]) -> dict[str, Any]:
    return {"namespace": name.namespace, "name": name.name, "facets": dict(facets)}
