"""Apache Pulsar: everything the rest of the house uses of it."""

from connectors.pulsar_admin import (
    AccessDenied,
    AdminError,
    BrokerAway,
    InvalidTopic,
    MissingTopic,
    PulsarAdmin,
    TopicName,
    check_retention,
)
from connectors.pulsar_position import HistoryTrimmed, UnknownSnapshot
from connectors.pulsar_publisher import Publisher, PublishFailed, publish
from connectors.pulsar_schema import IncompatibleSchema, TopicSchema, register
from connectors.pulsar_settings import InvalidConnection, PulsarConnection
from connectors.pulsar_sink import PulsarSink
from connectors.pulsar_source import PulsarSource

__all__ = [
    "AccessDenied",
    "AdminError",
    "BrokerAway",
    "HistoryTrimmed",
    "IncompatibleSchema",
    "InvalidConnection",
    "InvalidTopic",
    "MissingTopic",
    "PublishFailed",
    "Publisher",
    "PulsarAdmin",
    "PulsarConnection",
    "PulsarSink",
    "PulsarSource",
    "TopicName",
    "TopicSchema",
    "UnknownSnapshot",
    "check_retention",
    "publish",
    "register",
]
