"""Apache Pulsar connector: everything that the other packages use of it."""

from connectors.pulsar.history import PulsarHistory, created, extent_of, extent_since
from connectors.pulsar.log_topic import LogBusy, LogMessage, LogTopic, LogTopicInvalid, LogUnreachable, LogWriter
from connectors.pulsar.position import HistoryTrimmed, InvalidPosition, UnknownSnapshot
from connectors.pulsar.publisher import Publisher, publish
from connectors.pulsar.refusals import PublishFailed, Refuse, fail
from connectors.pulsar.schema import IncompatibleSchema, TopicSchema, register
from connectors.pulsar.schema_check import SchemaCheck, UnregisteredSchema, writable_schema
from connectors.pulsar.sink import PulsarSink
from connectors.pulsar.source import PulsarSource
from connectors.pulsar.topics.admin import PulsarAdmin, check_retention
from connectors.pulsar.topics.creation import create_topic
from connectors.pulsar.topics.errors import AccessDenied, AdminError, BrokerAway, InvalidTopic, MissingTopic
from connectors.pulsar.topics.facts import Subscription, TopicName
from connectors.pulsar.topics.history import oldest_left
from connectors.pulsar.topics.message_counts import count_messages
from connectors.pulsar.topics.policies import TopicPolicies
from connectors.pulsar.topics.schema_versions import SchemaVersion, SchemaVersions
from connectors.pulsar_connection import InvalidConnection, PulsarConnection

__all__ = [
    "AccessDenied",
    "AdminError",
    "BrokerAway",
    "HistoryTrimmed",
    "IncompatibleSchema",
    "InvalidConnection",
    "InvalidPosition",
    "InvalidTopic",
    "LogBusy",
    "LogMessage",
    "LogTopic",
    "LogTopicInvalid",
    "LogUnreachable",
    "LogWriter",
    "MissingTopic",
    "PublishFailed",
    "Publisher",
    "PulsarAdmin",
    "PulsarConnection",
    "PulsarHistory",
    "PulsarSink",
    "PulsarSource",
    "Refuse",
    "SchemaCheck",
    "SchemaVersion",
    "SchemaVersions",
    "Subscription",
    "TopicName",
    "TopicPolicies",
    "TopicSchema",
    "UnknownSnapshot",
    "UnregisteredSchema",
    "check_retention",
    "count_messages",
    "create_topic",
    "created",
    "extent_of",
    "extent_since",
    "fail",
    "oldest_left",
    "publish",
    "register",
    "writable_schema",
]
