"""A deployment for pages to show: reports of all features, incidents, histories, and stored intervals."""

from reports.delivery import ReportStore
from reports.rendering import page
from tests.support.factories.quality.history_points import made_points
from tests.support.factories.quality.incidents import made_deliveries, made_incidents
from tests.support.factories.quality.reports import INTERVAL_MS, START_MS, made_interval
from tests.support.services.serving_app import Served

PAGES = (
    "/",
    "/?show=all",
    "/?status=firing&sort=-rows",
    "/?q=nothing+is+called+so",
    "/quality/user_spend_1h",
    "/quality/user_spend_1h?range=7d",
    "/quality/user_spend_1h?range=24h&view=table",
    "/quality/user_last_device",
    "/quality/user_is_abroad",
    "/quality/item_last_buyers",
    "/quality/user_first_payment_at",
    "/incidents",
    "/incidents/drift:orders:1",
    "/incidents/silence:logins:1",
    "/incidents/freshness:logins:1",
    "/incidents/violations:item_revenue_7d:1",
    "/intervals",
    "/intervals/20260101T140500Z",
    "/catalogue",
    "/catalogue?q=spend&kind=feature",
    "/catalogue?q=nothing+is+called+so",
    "/catalogue/features/user_payment_z_score",
    "/catalogue/features/user_spend_1h",
    "/catalogue/sets/fraud_v1",
    "/catalogue/sources/orders",
    "/features/user/u1",
    "/features/user/nobody",
    "/nowhere",
)
"""Every kind of its pages."""


def furnish(app: Served, intervals: int = 2) -> None:
    """Stores reports of all 42 features and both sources, a week of history each, and the newest intervals."""
    newest = made_interval()
    app.put_reports([*newest.features, *newest.sources])
    app.put_incidents(made_incidents(), made_deliveries())
    app.put_entity("user", "u1", {"user_spend_1h": "12.5", "user_last_country": "DE", "_warming": "user_spend_1h"})
    for report in newest.features:
        app.put_points(report.subject.feature, made_points(value_type=report.subject.value_type))
    store_intervals(app, intervals)


def store_intervals(app: Served, intervals: int) -> None:
    """Writes the newest intervals to the report store, with their pages and the reports of their features."""
    store = ReportStore(app.context.settings.reports_url or "")
    for ago in range(intervals):
        interval = made_interval(start_ms=START_MS - ago * INTERVAL_MS)
        store.write_interval(interval, page(interval))
        for report in interval.features:
            store.write_feature(report)
