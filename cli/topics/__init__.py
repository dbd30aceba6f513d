"""Publishing to topics and following them."""

from cli.topics.consumer import NOT_YET, Follower, open_follower, wait_for_follower
from cli.topics.demo_feeder import Feeder, feed, to_sources
from cli.topics.progress import Observed, Position
from cli.topics.publisher import Publisher, create_needed, expect_broker, full_name, open_publisher

__all__ = [
    "NOT_YET",
    "Feeder",
    "Follower",
    "Observed",
    "Position",
    "Publisher",
    "create_needed",
    "expect_broker",
    "feed",
    "full_name",
    "open_follower",
    "open_publisher",
    "to_sources",
    "wait_for_follower",
]
