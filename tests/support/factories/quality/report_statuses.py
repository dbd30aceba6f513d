"""The statuses of made reports, and their notes."""

from collections.abc import Mapping

from reports.records import Status

STATUS_OF: Mapping[str, Status] = {
    "user_spend_1h": "firing",
    "user_last_device": "firing",
    "user_last_payment_amount": "firing",
    "item_orders_24h": "pending",
    "user_is_abroad": "pending",
    "user_failed_logins_15m": "resolving",
    "item_trend_1h": "stale",
    "item_last_buyers": "too_few_rows",
    "user_payments_per_login_30d": "too_few_rows",
    "user_categories_90d": "warming_up",
    "user_home_country": "warming_up",
    "item_min_price_30d": "no_baseline",
    "user_first_payment_at": "no_baseline",
}
NOTES: Mapping[Status, str] = {
    "firing": "over its threshold in 4 of the last 5 intervals",
    "pending": "over its threshold in 1 of the last 5 intervals; it fires at 3",
    "resolving": "under 0.8 of its threshold for 2 intervals; resolved after 3",
    "failed": "evaluation of this interval failed: ValueError: no number",
    "muted": "muted while source orders is silent",
    "stale": "no rows since 13:40 UTC",
    "too_few_rows": "fewer than 200 rows with a value: nothing is judged",
    "warming_up": "has not yet seen a whole window",
    "too_new": "its events fill 10 min of its window of 30 d so far; values still grow, so drift is not checked",
    "no_baseline": "no baseline_profile, and no reference interval yet",
    "ok": "",
}
DRIFTED = ("firing", "pending")
JUDGED = ("firing", "pending", "resolving", "ok")
