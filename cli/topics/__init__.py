"""Publishes to topics and follows them."""

from cli.topics.consumer import NOT_YET, TopicConsumer, open_follower, wait_for_follower
from cli.topics.demo_feeder import DemoFeeder, feed, to_sources
from cli.topics.progress import ProgressSource, ReadPosition
from cli.topics.publisher import (
    TopicPublisher,
    Unreachable,
    create_needed,
    expect_broker,
    full_name,
    open_publisher,
)

__all__ = [
    "NOT_YET",
    "DemoFeeder",
    "ProgressSource",
    "ReadPosition",
    "TopicConsumer",
    "TopicPublisher",
    "Unreachable",
    "create_needed",
    "expect_broker",
    "feed",
    "full_name",
    "open_follower",
    "open_publisher",
    "to_sources",
    "wait_for_follower",
]
