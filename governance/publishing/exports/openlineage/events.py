"""Builds OpenLineage events: a description of the dataflow (JobEvent), and the begin or end of a run (RunEvent)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Literal
from uuid import UUID

from dataflows.definitions import Definitions
from governance.publishing.exports.openlineage.datasets import inputs, outputs
from governance.publishing.exports.openlineage.facets import (
    error_message,
    facet,
    owners,
    processing_engine,
    streaming_job,
)
from governance.publishing.exports.openlineage.identity import JOB, PRODUCER, SPEC, Deployment

RunState = Literal["START", "COMPLETE", "FAIL", "ABORT"]
_SAID = "Folds the features of all definitions from the events of their sources, in one dataflow"


def job_event(definitions: Definitions, deployment: Deployment, now_ms: int) -> dict[str, Any]:
    """Describes the dataflow with its datasets, their columns and owners, at a time (ms since 1970)."""
    return {**_head("JobEvent", now_ms), **_work(definitions, deployment)}


def run_event(
    state: RunState, run: UUID, definitions: Definitions, deployment: Deployment, now_ms: int, error: str = ""
) -> dict[str, Any]:
    """Describes the begin or end of a run at a time (ms since 1970); `error` says why it failed."""
    engine = {"processing_engine": processing_engine(version("bytewax"), version("headrace"))}
    failed = {"errorMessage": error_message(error)} if error else {}
    return {
        **_head("RunEvent", now_ms),
        "eventType": state,
        "run": {"runId": str(run), "facets": {**engine, **failed}},
        **_work(definitions, deployment),
    }


def _head(kind: str, now_ms: int) -> Mapping[str, Any]:
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    return {
        "eventTime": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "producer": PRODUCER,
        "schemaURL": f"{SPEC}/2-0-2/OpenLineage.json#/$defs/{kind}",
    }


def _work(definitions: Definitions, deployment: Deployment) -> Mapping[str, Any]:
    facets = {
        "jobType": streaming_job(),
        "documentation": facet("DocumentationJobFacet", description=_SAID),
        "ownership": owners("OwnershipJobFacet", (feature.owner for feature in definitions.features)),
    }
    return {
        "job": {"namespace": deployment.job_namespace, "name": JOB, "facets": facets},
        "inputs": inputs(definitions, deployment),
        "outputs": outputs(definitions, deployment),
    }
