"""Exports lineage as OpenLineage events, and sends them to a receiver."""

from governance.publishing.exports.openlineage.events import RunState, job_event, run_event
from governance.publishing.exports.openlineage.identity import Deployment, deployment_of
from governance.publishing.exports.openlineage.receiver import EventNotAccepted, Receiver, receiver_of
from governance.publishing.exports.openlineage.registering import tell_registered

__all__ = [
    "Deployment",
    "EventNotAccepted",
    "Receiver",
    "RunState",
    "deployment_of",
    "job_event",
    "receiver_of",
    "run_event",
    "tell_registered",
]
