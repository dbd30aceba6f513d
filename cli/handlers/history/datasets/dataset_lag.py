"""Determines the lag of a live run from its quality reports: from publishing an event to readable features."""

import math

from cli.error_reporting import InvalidArgument
from cli.redis_client import open_redis
from dataflows.definitions import Definitions
from dataflows.runtime.settings import Settings
from serving.quality.live_reports import read_known

MEASURED = "measured"


def lag_text(lag: str, settings: Settings, definitions: Definitions) -> str:
    """Returns the given lag, or for `measured` the largest p99 freshness of a live run.

    Raises InvalidArgument if no report has one.
    """
    return lag if lag != MEASURED else f"{measured_lag_ms(settings, definitions)}ms"


def measured_lag_ms(settings: Settings, definitions: Definitions) -> int:
    """Returns the largest p99 freshness of all features (ms), rounded up.

    Raises InvalidArgument and redis.RedisError.
    """
    names = [feature.feature_name for feature in definitions.features]
    with open_redis(settings) as client:
        reports = read_known(client, settings.redis_prefix, names, []).settled_features()
    seconds = [report.freshness.p99 for report in reports if report.freshness.p99 is not None]
    if not seconds:
        raise InvalidArgument(
            "--lag measured: no report in Redis contains a freshness; expected a live run, or a lag such as 2s"
        )
    return math.ceil(max(seconds) * 1_000)
