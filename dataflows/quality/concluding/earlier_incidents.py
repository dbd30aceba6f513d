"""Reads at the start of a run which incidents the run before has left firing, even if its state was lost since."""

import logging
from dataclasses import dataclass
from typing import cast

import redis

from connectors.errors import UNDECODABLE
from reports.incidents import Incident, decoded_incidents, incidents_key

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EarlierIncidents:
    """The incidents that Redis shows as firing when a run starts."""

    firing: tuple[Incident, ...]


def read_earlier(client: redis.Redis, prefix: str) -> EarlierIncidents:
    """Reads the firing incidents; none if the records are of another version. Raises redis.RedisError."""
    try:
        known = decoded_incidents(cast("dict[bytes, bytes]", client.hgetall(incidents_key(prefix))))
    except UNDECODABLE as error:
        log.warning(
            "the incidents of the run before cannot be read (%s): those that ended meanwhile keep firing", error
        )
        known = ()
    return EarlierIncidents(tuple(incident for incident in known if incident.state == "firing"))


def is_earlier(item: object) -> bool:
    """Returns whether an item of the watch is for the step that concludes."""
    return isinstance(item, EarlierIncidents)
