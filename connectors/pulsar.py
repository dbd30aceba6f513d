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
from connectors.pulsar_creating import create_topic
from connectors.pulsar_history import oldest_left
from connectors.pulsar_position import HistoryTrimmed, UnknownSnapshot
from connectors.pulsar_publisher import Publisher, publish
from connectors.pulsar_refusals import PublishFailed, Refuse, fail
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
    "Refuse",
    "TopicName",
    "TopicSchema",
    "UnknownSnapshot",
    "check_retention",
    "create_topic",
    "fail",
    "oldest_left",
    "publish",
    "register",
]
