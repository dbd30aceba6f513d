"""Reports registered definitions to the lineage receiver."""

from dataflows.definitions import Definitions
from dataflows.runtime.settings import Settings
from governance.publishing.exports.openlineage.events import job_event
from governance.publishing.exports.openlineage.identity import deployment_of
from governance.publishing.exports.openlineage.receiver import EventNotAccepted, receiver_of


def tell_registered(definitions: Definitions, settings: Settings, now_ms: int) -> str:
    """Sends one JobEvent if HEADRACE_OPENLINEAGE_URL is set; returns a sentence if it was not accepted, else nothing.

    It runs at the end of `headrace register`: definitions stay registered whether the receiver accepts it or not.
    """
    receiver = receiver_of(settings)
    if receiver is None:
        return ""
    try:
        receiver.send(job_event(definitions, deployment_of(settings), now_ms))
    except EventNotAccepted as error:
        return f"the lineage was not sent: {error}"
    return ""
