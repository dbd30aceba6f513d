"""Builds facets of a job, a run or a dataset, each with the version of its schema."""

from collections.abc import Iterable, Mapping
from typing import Any

from governance.publishing.exports.openlineage.identity import PRODUCER, SPEC

Facet = dict[str, Any]
_VERSIONS = {
    "ColumnLineageDatasetFacet": "1-2-0",
    "DocumentationDatasetFacet": "1-1-0",
    "DocumentationJobFacet": "1-1-0",
    "ErrorMessageRunFacet": "1-0-1",
    "JobTypeJobFacet": "2-0-4",
    "OwnershipDatasetFacet": "1-0-1",
    "OwnershipJobFacet": "1-0-1",
    "ProcessingEngineRunFacet": "1-1-1",
    "SchemaDatasetFacet": "1-2-0",
}
LONGEST_ERROR = 500


def facet(kind: str, **fields: Any) -> Facet:
    """Returns a facet of a kind, such as `SchemaDatasetFacet`."""
    return {"_producer": PRODUCER, "_schemaURL": f"{SPEC}/facets/{_VERSIONS[kind]}/{kind}.json", **fields}


def owners(kind: str, addresses: Iterable[str]) -> Facet:
    """Returns the owners of a job or a dataset."""
    return facet(kind, owners=[{"name": address, "type": "OWNER"} for address in sorted({*addresses})])


def schema(fields: Iterable[Mapping[str, str]]) -> Facet:
    """Returns the columns of a dataset: name, type and description."""
    return facet("SchemaDatasetFacet", fields=[dict(field) for field in fields])


def streaming_job() -> Facet:
    """Describes a streaming job, whose events mark the begin and end of runs."""
    return facet(
        "JobTypeJobFacet",
        processingType="STREAMING",
        integration="HEADRACE",
        jobType="DATAFLOW",
        emissionPattern={"eventTrigger": "EVENT_BASED", "eventContentMode": "ACCUMULATIVE"},
    )


def error_message(text: str) -> Facet:
    """Returns why a run failed, at most 500 characters."""
    return facet("ErrorMessageRunFacet", message=text[:LONGEST_ERROR], programmingLanguage="PYTHON")


def processing_engine(version: str, headrace: str) -> Facet:
    """Describes the engine: Bytewax, and the version of Headrace."""
    return facet("ProcessingEngineRunFacet", version=version, name="Bytewax", openlineageAdapterVersion=headrace)
