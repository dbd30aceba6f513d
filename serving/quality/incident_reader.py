"""Reads incidents and their deliveries, as the dataflow and the renderer write them to Redis."""

from collections.abc import Sequence

import redis

from connectors.errors import UNDECODABLE
from reports.incidents import Delivery, Incident, decoded_deliveries, decoded_incidents, deliveries_key, incidents_key
from serving.quality.live_reports import UnreadableReport, answer_of_hash, read_field


def read_incidents(client: redis.Redis, prefix: str) -> tuple[Incident, ...]:
    """Reads all incidents: firing ones first, then the newest. Raises redis.RedisError, UnreadableReport."""
    key = incidents_key(prefix)
    fields = answer_of_hash(client, key)
    try:
        return decoded_incidents(fields)
    except UNDECODABLE as error:
        raise UnreadableReport(f"{key}: this version cannot read the incident: {error}") from error


def read_incident(client: redis.Redis, prefix: str, name: str) -> Incident | None:
    """Reads one incident by its id; None if it is not stored. Raises redis.RedisError, UnreadableReport."""
    key = incidents_key(prefix)
    payload = None if name.startswith("_") else read_field(client, key, name)
    return None if payload is None else _incident(key, payload)


def read_deliveries(client: redis.Redis, prefix: str, name: str) -> Sequence[Delivery]:
    """Reads the deliveries about an incident, the oldest first. Raises redis.RedisError, UnreadableReport."""
    key = deliveries_key(prefix)
    payload = None if name.startswith("_") else read_field(client, key, name)
    try:
        deliveries = () if payload is None else decoded_deliveries(payload)
    except UNDECODABLE as error:
        raise UnreadableReport(f"{key}: this version cannot read the deliveries: {error}") from error
    return sorted(deliveries, key=lambda delivery: delivery.at_ms)


def _incident(key: str, payload: bytes) -> Incident:
    try:
        return Incident.decode(payload)
    except UNDECODABLE as error:
        raise UnreadableReport(f"{key}: this version cannot read the incident: {error}") from error
