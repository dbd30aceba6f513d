"""Finds possible readers of a feature from its topic: the broker's subscriptions."""

from collections.abc import Callable, Iterator, Sequence

from connectors.pulsar import Subscription
from dataflows.definitions import Definitions
from governance.changes.planning import FeatureConsumer

SubscriptionsOf = Callable[[str], Sequence[Subscription]]


def subscribers(definitions: Definitions, subscriptions_of: SubscriptionsOf) -> Iterator[FeatureConsumer]:
    """Yields the subscriptions of feature topics, for each feature of the topic, because it is unknown which one is
    read."""
    for topic, features in definitions.topics().items():
        for subscription in subscriptions_of(topic):
            for feature in features:
                yield FeatureConsumer(
                    feature.feature_name, subscription.name, "", _known_by(topic, subscription), "possible"
                )


def _known_by(topic: str, subscription: Subscription) -> str:
    kind = "a subscription of" if subscription.durable else "a reader of"
    connected = "connected" if subscription.connected else "not connected"
    behind = f", {subscription.backlog:,} messages behind" if subscription.durable and subscription.backlog else ""
    return f"{kind} {topic} ({connected}{behind})"
