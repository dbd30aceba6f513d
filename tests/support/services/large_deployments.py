"""Creates a deployment of a thousand features and eighty incidents for tests of pages."""

from pathlib import Path
from shutil import copytree

from msgspec.structs import replace

from dataflows.definitions import load
from reports.delivery import ReportStore
from reports.incidents import Incident
from reports.records import FeatureReport, IntervalReport, Status
from reports.rendering import page
from serving.context import ServingContext
from tests.support.factories.quality.history_points import made_points
from tests.support.factories.quality.incidents import drift, explained
from tests.support.factories.quality.reports import made_feature, made_interval, subjects
from tests.support.paths import ROOT
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

FEATURES, INCIDENTS = 1_000, 40
MADE = ROOT / "feature_specs" / "user_profile" / "user_spend_1h.yaml"
STATUSES: tuple[Status, ...] = ("firing", "ok", "ok", "pending", "ok", "ok", "muted", "ok", "ok", "warming_up")
NAMES = tuple(f"user_spend_{number:04}_1h" for number in range(FEATURES))
LARGE_PAGES = (
    "/", "/?show=all", "/?show=all&from=50", "/?status=firing", "/?sort=name&from=950", f"/quality/{NAMES[0]}",
    "/incidents", "/intervals", "/intervals/20260101T140500Z", "/intervals/20260101T140500Z?show=all",
    "/catalogue", f"/catalogue/features/{NAMES[7]}", "/catalogue/sources/orders", "/features/user/u1",
)  # fmt: skip
"""Addresses of every kind of its pages."""


def large_deployment(server: RedisServer, folder: Path) -> Served:
    """Creates many definitions, with a report of each, incidents, a history, and a stored interval."""
    app = served(server, folder)
    specs = _definitions(folder / "specs")
    settings = app.context.settings.model_copy(update={"specs": specs})
    large = Served(app.store, ServingContext(settings, load(specs)))
    interval = made_interval()
    reports = tuple(_report(number, name) for number, name in enumerate(NAMES))
    large.put_reports([*reports, *interval.sources])
    large.put_incidents(_incidents())
    large.put_points(NAMES[0], made_points())
    large.put_entity("user", "u1", dict.fromkeys(NAMES, "12.5"))
    _store(large, replace(interval, features=reports))
    return large


def _definitions(specs: Path) -> Path:
    """Writes a file for each definition, and the shipped sources; returns the folder."""
    (specs / "user_profile").mkdir(parents=True)
    copytree(ROOT / "feature_specs" / "sources", specs / "sources")
    text = MADE.read_text().partition("tests:")[0]
    for name in NAMES:
        (specs / "user_profile" / f"{name}.yaml").write_text(text.replace("user_spend_1h", name))
    return specs


def _report(number: int, name: str) -> FeatureReport:
    """Creates a report like those of the shipped features, in one of 160 variants."""
    like = subjects()[number % 40].feature
    made = made_feature(like, status=STATUSES[number % len(STATUSES)], seed=1 + number // 40 % 4)
    return replace(made, subject=replace(made.subject, feature=name))


def _incidents() -> list[Incident]:
    open_ones = [replace(drift(f"drift:orders:{number}"), muted=NAMES) for number in range(INCIDENTS)]
    return [*open_ones, *(replace(explained(), id=f"freshness:logins:{number}") for number in range(INCIDENTS))]


def _store(app: Served, interval: IntervalReport) -> None:
    store = ReportStore(app.context.settings.reports_url or "")
    store.write_interval(interval, page(interval))
