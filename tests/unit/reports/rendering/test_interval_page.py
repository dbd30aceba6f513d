"""Tests the page of an interval: complete, self-contained, small, harmless, in a real browser too."""

import gzip
import re
from html.parser import HTMLParser
from itertools import cycle, islice

import msgspec
import pytest

from reports.records import FrequentValue, IntervalReport, Sample, Status
from reports.rendering.interval_page import Row, page
from reports.verdict import interval_of, ordered
from tests.support.factories.quality.hostile_page import hostile_page
from tests.support.factories.quality.report_statuses import STATUS_OF
from tests.support.factories.quality.reports import made_feature, made_interval, subjects

VOID = {"meta", "br", "img", "link", "input", "hr", "circle", "path", "rect"}
MORE = ("javascript:window.hacked=1", "' onmouseover='window.hacked=1", "</style><svg onload=window.hacked=1>")
EVERY: dict[str, Status] = {subject.feature: "firing" for subject in subjects()}


class Read(HTMLParser):
    """Collects tags with attributes, and texts by their tag. Refuses badly nested tags."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self._open = list[tuple[str, dict[str, str | None]]](), list[str](), list[str]()
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def judged(interval: IntervalReport) -> IntervalReport:
    return interval_of(interval.start_ms, interval.end_ms, interval.features, interval.sources)


def many(count: int) -> IntervalReport:
    """Returns so many features, all of them firing, with every part that a report can have."""
    interval = made_interval(statuses=EVERY, silent="logins")
    features = [
        msgspec.structs.replace(
            feature, subject=msgspec.structs.replace(feature.subject, feature=f"{feature.subject.feature}_{number}")
        )
        for number, feature in enumerate(islice(cycle(interval.features), count))
    ]
    return interval_of(interval.start_ms, interval.end_ms, features, interval.sources)


def test_fifty_features_take_less_than_300_kb() -> None:
    content = page(many(50)).encode()
    assert 50_000 < len(content) < 300_000
    assert len(gzip.compress(content, 6)) < 50_000


def test_an_alert_of_an_incident_says_what_to_do_and_where_to_look_and_its_owner_once() -> None:
    feature = made_feature("user_spend_1h")
    told = msgspec.structs.replace(
        feature.alerts[0], incident="a1", summary="user_spend_1h (risk@x.io): mean 212, usually 154", owner="risk@x.io",
        action="ask the owner of orders", link="http://shop:8080/incidents/a1", runbook="javascript:alert(1)",
    )  # fmt: skip
    html = page(interval_of(0, 300_000, [msgspec.structs.replace(feature, alerts=(told,))], []))
    incidents = html[html.index('class="incidents"') : html.index("</ul>")]
    assert 'href="http://shop:8080/incidents/a1"' in incidents
    assert "First: ask the owner of orders" in incidents
    assert incidents.count("risk@x.io") == 1
    assert "javascript" not in html


def test_longest_texts_do_not_make_it_large() -> None:
    long = "x" * 100_000
    interval = judged(made_interval())
    samples = tuple(Sample(entity=long, value=long, at_ms=0, reason=long) for _ in range(50))
    features = tuple(
        msgspec.structs.replace(
            feature,
            note=long,
            samples=samples,
            summary=msgspec.structs.replace(feature.summary, top=(FrequentValue(value=long, count=1),) * 50),
            subject=msgspec.structs.replace(feature.subject, description=long, filter=long),
        )
        for feature in interval.features
    )
    assert len(page(msgspec.structs.replace(interval, features=features, verdict=long)).encode()) < 800_000


def test_nothing_comes_from_elsewhere() -> None:
    html = page(many(50))
    read = Read(html)
    assert not {tag for tag, _ in read.tags} & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    references = [value for _, attrs in read.tags for name, value in attrs.items() if name in ("href", "src", "action")]
    assert references
    assert all(value and value.startswith("#") for value in references)
    assert not re.search(r"@import|url\(|https?:", html.split("</style>")[0])
    assert not [name for _, attrs in read.tags for name in attrs if name.startswith("on")]


def test_links_lead_to_the_details_of_their_feature() -> None:
    read = Read(page(judged(made_interval())))
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert sorted(filter(None, ids)) == sorted(subject.feature for subject in subjects())
    assert {attrs["href"] for tag, attrs in read.tags if tag == "a"} == {f"#{anchor}" for anchor in ids}


def test_the_table_is_in_the_order_of_severity() -> None:
    interval = judged(made_interval())
    read = Read(page(interval))
    hrefs = [attrs["href"] for tag, attrs in read.tags if tag == "a"]
    listed = hrefs[sum(len(feature.alerts) for feature in interval.features) :]
    assert listed == [f"#{feature.subject.feature}" for feature in ordered(interval.features)]


def test_everything_is_told() -> None:
    interval = judged(made_interval(silent="logins"))
    text = Read(page(interval)).text
    assert interval.verdict in text
    assert "2026-01-01 14:05 to 14:10 UTC" in text
    for feature in interval.features:
        for text_part in (
            feature.subject.owner,
            feature.subject.description,
            feature.subject.fingerprint[:12],
            *feature.subject.tags,
        ):
            assert text_part in text
        assert feature.note in text
        for alert in feature.alerts:
            assert alert.summary in text
        for rule in feature.rules:
            assert rule.rule in text
    assert "no event for 20 min, usually one within 15 min" in text
    assert "12 closed intervals" in text


@pytest.mark.parametrize("status", sorted(set(STATUS_OF.values())))
def test_states_are_honest(status: Status) -> None:
    report = made_feature("user_spend_1h", status=status)
    text = Read(page(interval_of(report.start_ms, report.end_ms, [report], []))).text
    assert status.replace("_", " ") in text
    assert report.note in text
    assert ("No values in this interval" in text) == (status == "stale")


def test_an_interval_of_sources_only_and_one_of_nothing() -> None:
    interval = judged(made_interval(silent="orders"))
    only = msgspec.structs.replace(interval, features=())
    assert "persistent://public/default/raw-order-events" in Read(page(only)).text
    assert "No reports yet" in Read(page(interval_of(0, 300_000, [], []))).text


def test_texts_of_strangers_are_only_texts() -> None:
    clean, dirty = Read(page(judged(made_interval(silent="logins")))), Read(hostile_page())
    assert {tag for tag, _ in dirty.tags} <= {tag for tag, _ in clean.tags}
    assert {name for _, attrs in dirty.tags for name in attrs} <= {name for _, attrs in clean.tags for name in attrs}
    assert all((attrs["href"] or "").startswith("#") for tag, attrs in dirty.tags if tag == "a")
    assert "<script>window.hacked=1</script>" in dirty.text
    assert "{{ 7*7 }}" in dirty.text


def test_deviation_of_times_is_a_duration() -> None:
    report = made_feature("user_first_payment_at")
    now = msgspec.structs.replace(report.summary, mean=1_767_276_300.0, std=5_400.0)
    reference = msgspec.structs.replace(now, mean=1_767_272_700.0, std=3_600.0)
    numbers = Row(msgspec.structs.replace(report, summary=now, reference=reference)).numbers
    assert ("std", "1.5 h", "was 1 h, +50 %") in numbers
    assert ("mean", "2026-01-01 14:05 UTC", "was 2026-01-01 13:05 UTC") in numbers
