"""The page of an interval whose every text is hostile."""

from itertools import cycle

import msgspec

from reports.records import FeatureReport, FrequentValue, Sample
from reports.rendering.interval_page import page
from reports.verdict import interval_of
from tests.support.factories.quality.reports import HOSTILE, made_interval


def poisoned(report: FeatureReport, text: str) -> FeatureReport:
    """Replaces every text that a stranger or a careless colleague can choose."""
    subject = msgspec.structs.replace(
        report.subject,
        feature=text, owner=text, description=text, tags=(text,), source=text, raw_topic=text, feature_topic=text,
        filter=text, value=text, expression=text, aggregation=text, fingerprint=text, reads=(text,),
    )  # fmt: skip
    return msgspec.structs.replace(
        report,
        subject=subject,
        note=text,
        summary=msgspec.structs.replace(report.summary, top=(FrequentValue(value=text, count=3),)),
        bins=msgspec.structs.replace(report.bins, labels=(text, *report.bins.labels[1:])),
        rules=tuple(msgspec.structs.replace(rule, rule=text) for rule in report.rules),
        scores=tuple(msgspec.structs.replace(score, measure=text) for score in report.scores),
        samples=(Sample(entity=text, value=text, at_ms=0, reason=text),),
        alerts=tuple(
            msgspec.structs.replace(alert, feature=text, source=text, rule=text, detail=text, summary=text, owner=text)
            for alert in report.alerts
        ),
    )


def hostile_page() -> str:
    made = made_interval(silent="logins")
    texts = cycle(
        (
            *HOSTILE,
            "javascript:window.hacked=1",
            "' onmouseover='window.hacked=1",
            "</style><svg onload=window.hacked=1>",
        )
    )
    features = [poisoned(feature, text) for feature, text in zip(made.features, texts, strict=False)]
    sources = [
        msgspec.structs.replace(source, source=HOSTILE[0], topic=HOSTILE[1], rejects=dict.fromkeys(HOSTILE, 1))
        for source in made.sources
    ]
    return page(interval_of(made.start_ms, made.end_ms, features, sources))
