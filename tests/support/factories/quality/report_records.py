"""Sends the reports of a small interval, three features and a source, as the dataflow does."""

from collections.abc import Sequence

import msgspec

from connectors.embedded.topics import LogSink
from connectors.messages import Outgoing
from dataflows.runtime.settings import Settings
from reports.delivery.pending_interval import Report
from reports.records import Alert, FeatureReport
from tests.support.factories.quality.reports import START_MS, made_feature, made_source
from tests.support.services.outside.webhook import NOON

NAMES = ("user_spend_1h", "user_last_device", "item_last_sold_at")
EXPECTED = (*NAMES, "source:orders")
LOG = "persistent://public/default/headrace-quality"


def made(start_ms: int = START_MS, names: Sequence[str] = NAMES) -> list[Report]:
    return [*(made_feature(name, start_ms=start_ms) for name in names), made_source("orders", start_ms=start_ms)]


def sent(settings: Settings, reports: Sequence[Report | Alert], topic: str = LOG) -> None:
    """Writes them to the embedded topic, as the dataflow does."""
    sink = LogSink(settings.var / "topics", topic, partitions=1, stopping=lambda: False, clock=lambda: NOON)
    writer = sink.build_part("quality", "0", None)
    keys = [report.key for report in reports]
    writer.write_batch([Outgoing(keys, [report.encode() for report in reports])])
    writer.snapshot()
    writer.close()


def encoded(reports: Sequence[Report]) -> list[bytes]:
    return [report.encode() for report in reports]


def hostile(name: str) -> FeatureReport:
    report = made_feature(NAMES[0])
    return msgspec.structs.replace(report, subject=msgspec.structs.replace(report.subject, feature=name))
