"""Creates topics that do not exist yet, where this client may."""

import logging

from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar.topics.errors import AccessDenied, AdminError, BrokerAway
from connectors.pulsar_connection import PulsarConnection

log = logging.getLogger(__name__)


def create_topic(connection: PulsarConnection, topic: str, partitions: int) -> bool:
    """Creates a topic unless it exists; returns whether it did.

    If that is not possible a warning says why; users of the topic then report that it is missing.
    """
    admin = PulsarAdmin(connection)
    try:
        if admin.partitions(topic) is not None:
            return False
        admin.ensure_topic(topic, partitions)
    except (AccessDenied, AdminError, BrokerAway) as refused:
        log.warning("cannot look up or create topic %s: %s", topic, refused)
        return False
    return True
