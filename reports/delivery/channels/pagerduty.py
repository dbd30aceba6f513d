"""Sends alerts as events of PagerDuty (Events API v2): each triggers, and later resolves, one alert there."""

import hashlib
from collections.abc import Sequence

import msgspec

from reports.addresses import links
from reports.delivery.channels.payloads import instant
from reports.delivery.channels.words import LONGEST_SENTENCE, first_action, sentence, subject
from reports.incidents import CAUSES
from reports.records import Alert

LONGEST_KEY = 255


class PagerDuty:
    """Sends events with the integration key of a service, which is secret."""

    renew_ms = 0
    at_once = 1
    needs_begin = True

    def __init__(self, key: str) -> None:
        self._key = key

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """Encodes one event."""
        (alert,) = alerts
        event = {"routing_key": self._key, "dedup_key": _key_of(alert), "client": "Headrace"}
        if alert.state == "resolved":
            return msgspec.json.encode({**event, "event_action": "resolve"})
        addresses = [{"href": url, "text": name} for name, url in links(alert)]
        client = {"client_url": alert.link} if any(name == "incident" for name, _ in links(alert)) else {}
        trigger = {"event_action": "trigger", "payload": _payload(alert), "links": addresses}
        return msgspec.json.encode({**event, **client, **trigger})


def _payload(alert: Alert) -> dict[str, object]:
    details = {
        "what": alert.what, "now": alert.now, "usual": alert.usual, "first_action": first_action(alert),
        "owner": alert.owner, "feature": alert.feature, "incident": alert.incident, "rows": str(alert.n or ""),
    }  # fmt: skip
    return {
        "summary": sentence(alert)[:LONGEST_SENTENCE],
        "source": subject(alert),
        "severity": "critical" if alert.rule in CAUSES else "warning",
        "timestamp": instant(alert.onset_ms),
        "component": alert.source,
        "group": alert.incident or alert.group,
        "class": alert.rule,
        "custom_details": {name: text for name, text in details.items() if text},
    }


def _key_of(alert: Alert) -> str:
    """Returns a key that is the same for begin and end; hashes a longer one."""
    return alert.key if len(alert.key) <= LONGEST_KEY else hashlib.sha256(alert.key.encode()).hexdigest()
