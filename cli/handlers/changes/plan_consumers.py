"""Who reads features without having said so, as far as broker and Redis can tell."""

import redis

from cli.redis_client import open_redis, runs_redis
from cli.terminal import err, now_ms
from connectors.pulsar import AccessDenied, AdminError, BrokerAway, PulsarAdmin
from connectors.redis import EmbeddedRedisError
from dataflows.definitions import Definitions
from dataflows.runtime.settings import Settings
from governance.changes.consumers import api_readers, subscribers
from governance.changes.planning import FeatureConsumer
from serving.read_log import reads_of


def seen_consumers(settings: Settings, definitions: Definitions) -> list[FeatureConsumer]:
    """Asks the broker and the Redis that are set; a plan goes on without one that does not answer, and says so."""
    return [*_of_topics(settings, definitions), *_of_the_api(settings)]


def _of_topics(settings: Settings, definitions: Definitions) -> list[FeatureConsumer]:
    if settings.pulsar_url is None:
        return []
    try:
        admin = PulsarAdmin(settings.pulsar_connection())
        return list(subscribers(definitions, admin.subscriptions))
    except (AccessDenied, AdminError, BrokerAway) as error:
        err.print(f"subscriptions of feature topics are unknown: {error}", style="yellow", soft_wrap=True)
        return []


def _of_the_api(settings: Settings) -> list[FeatureConsumer]:
    if not runs_redis(settings):
        return []
    try:
        with open_redis(settings) as client:
            return list(api_readers(reads_of(client, settings.redis_prefix, now_ms())))
    except (redis.RedisError, EmbeddedRedisError) as error:
        err.print(f"reads over the API are unknown: {error}", style="yellow", soft_wrap=True)
        return []
