"""Incidents as the dataflow writes them: a silent source, drift of five features, an explained one, old ones."""

from reports.incidents import Delivery, Incident, Symptom
from tests.support.factories.quality.reports import START_MS

MINUTE_MS = 60_000
NOW_MS = START_MS + 5 * MINUTE_MS
DRIFTED = (
    "user_last_payment_amount",
    "user_spend_1h",
    "user_daily_spend_7d",
    "user_max_payment_30d",
    "user_mean_payment_30d",
)
RISK = "risk-team@example.com"


def symptom(feature: str, number: int = 0, *, end_ms: int | None = None, text: str = "") -> Symptom:
    """Returns a drift of the mean; `text` replaces all texts that others can choose."""
    onset_ms = NOW_MS - (20 - number) * MINUTE_MS
    return Symptom(
        key=f"{feature}:drift:{onset_ms}",
        feature=feature,
        owner=text or RISK,
        rule="drift",
        detail=text or "mean_shift",
        what=text or "mean",
        now=text or "43.7k",
        usual=text or "14.6k",
        peak=text or "61k",
        peak_ms=NOW_MS - 8 * MINUTE_MS,
        severity=5.5 - number,
        onset_ms=onset_ms,
        end_ms=end_ms,
    )


def drift(name: str = "drift:orders:1", text: str = "") -> Incident:
    """Returns a common drift of five features of a source."""
    symptoms = tuple(symptom(feature, number, text=text) for number, feature in enumerate(DRIFTED))
    return Incident(
        id=name,
        kind="drift",
        state="firing",
        source="orders",
        onset_ms=NOW_MS - 20 * MINUTE_MS,
        at_ms=NOW_MS,
        peak_ms=NOW_MS - 8 * MINUTE_MS,
        headline=text or "orders: 5 features since 13:50 UTC; share of country XX, not seen before, 29 %",
        action=text or "look at the newest orders of country XX",
        runbook=text or "https://wiki.example.com/orders",
        owners=(text or RISK,),
        symptoms=symptoms,
    )


def silence() -> Incident:
    """Returns a source without events, and the features that are not judged meanwhile."""
    return Incident(
        id="silence:logins:1",
        kind="silence",
        state="firing",
        source="logins",
        onset_ms=NOW_MS - 7 * MINUTE_MS,
        at_ms=NOW_MS,
        peak_ms=NOW_MS,
        headline="logins has been silent for 7m, usually 2s",
        action="check the producer of logins",
        owners=(RISK,),
        muted=("user_login_frequency", "user_failed_logins_7d"),
    )


def explained() -> Incident:
    """Returns late features, explained by their silent source."""
    late = symptom("user_login_frequency")
    return Incident(
        id="freshness:logins:1",
        kind="freshness",
        state="firing",
        source="logins",
        onset_ms=late.onset_ms,
        at_ms=NOW_MS,
        peak_ms=NOW_MS,
        headline="user_login_frequency is late",
        symptoms=(late,),
        muted_by="silence:logins:1",
    )


def resolved(number: int = 1) -> Incident:
    """Returns broken rules, some hours ago."""
    onset_ms = NOW_MS - (number * 120 + 60) * MINUTE_MS
    over = Symptom(
        key=f"item_revenue_7d:violations:{onset_ms}", feature="item_revenue_7d",
        owner="recommendation-team@example.com",
        rule="violations", detail="range", what="rows below 0", now="0 %", usual="0 %", peak="20 %",
        peak_ms=onset_ms + 10 * MINUTE_MS, severity=20.0, onset_ms=onset_ms, end_ms=onset_ms + 35 * MINUTE_MS,
    )  # fmt: skip
    return Incident(
        id=f"violations:item_revenue_7d:{number}",
        kind="violations",
        state="resolved",
        source="orders",
        onset_ms=onset_ms,
        at_ms=onset_ms + 35 * MINUTE_MS,
        peak_ms=onset_ms + 10 * MINUTE_MS,
        end_ms=onset_ms + 35 * MINUTE_MS,
        headline="item_revenue_7d: 20 % of rows below 0",
        owners=("recommendation-team@example.com",),
        symptoms=(over,),
    )


def made_incidents(old: int = 4) -> list[Incident]:
    """Returns three firing incidents, one of them explained by another, and some old ones."""
    return [drift(), silence(), explained(), *(resolved(number) for number in range(1, old + 1))]


def made_deliveries() -> dict[str, tuple[Delivery, ...]]:
    """Returns the deliveries by incident."""
    delivery = Delivery(target="slack", state="firing", at_ms=NOW_MS - 14 * MINUTE_MS)
    return {
        "drift:orders:1": (delivery, Delivery(target=RISK, state="firing", at_ms=NOW_MS - 13 * MINUTE_MS)),
        "silence:logins:1": (Delivery(target="slack", state="firing", at_ms=NOW_MS - 6 * MINUTE_MS),),
    }
