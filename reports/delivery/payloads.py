"""Formats of posted alerts: one class per format, one row in a table."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from reports.records import Alert

MOST_SECTIONS = 20  # a message longer than that is not read; Slack itself takes 50
MOST_LETTERS = 500  # of a text; Slack takes 3,000 in a section, and what is escaped grows fivefold
LASTS_MS = 3_600_000
RENEW_MS = 60_000


class Format(Protocol):
    """Alerts of one group -> one body."""

    @property
    def renew_ms(self) -> int:
        """After how long a firing alert is to be posted again; 0 when once is enough."""

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """The JSON to post."""


class Generic:
    """One JSON object a group, with the alerts as they are on the alert topic."""

    renew_ms = 0

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """The group, what it comes to, and its alerts."""
        return msgspec.json.encode(
            {
                "version": 1,
                "group": alerts[0].group,
                "firing": sum(alert.state == "firing" for alert in alerts),
                "resolved": sum(alert.state == "resolved" for alert in alerts),
                "text": headline(alerts),
                "sent_ms": now_ms,
                "alerts": alerts,
            }
        )


class Slack:
    """A message of a Slack incoming webhook: a headline and a section an alert."""

    renew_ms = 0

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """Encodes the message; cuts a long group and appends the number left out."""
        shown, more = alerts[:MOST_SECTIONS], len(alerts) - MOST_SECTIONS
        blocks = [_section(f"*{_escaped(headline(alerts))}*"), *(_section(self._text(alert)) for alert in shown)]
        blocks += [_section(f"and {more} more")] if more > 0 else []
        return msgspec.json.encode({"text": _escaped(headline(alerts)), "blocks": blocks})

    def _text(self, alert: Alert) -> str:
        mark = ":red_circle:" if alert.state == "firing" else ":white_check_mark:"
        since = datetime.fromtimestamp(alert.onset_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
        owner = f", owner {alert.owner}" if alert.owner else ""
        message = f"{named(alert)}\n{alert.state}, since {since}, {alert.windows} intervals{owner}"
        return f"{mark} {_escaped(message)}"


class Alertmanager:
    """What Alertmanager's `POST /api/v2/alerts` takes: its labels are the alert's identity.

    Alertmanager forgets an alert that nobody repeats, and all of them when it restarts: firing ones are renewed.
    """

    renew_ms = RENEW_MS

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """A list of postable alerts."""
        return msgspec.json.encode([self._postable(alert, now_ms) for alert in alerts])

    def _postable(self, alert: Alert, now_ms: int) -> dict[str, object]:
        numbers = {name: str(getattr(alert, name)) for name in ("score", "threshold", "n", "windows")}
        return {
            "labels": self._labels(alert),
            "annotations": {"summary": named(alert), **numbers},
            "startsAt": _instant(alert.onset_ms),
            "endsAt": _instant(now_ms + LASTS_MS if alert.state == "firing" else max(alert.at_ms, alert.onset_ms + 1)),
        }

    def _labels(self, alert: Alert) -> dict[str, str]:
        """Those with a value: an empty label is none."""
        names = ("feature", "source", "rule", "detail", "owner", "group")
        labels = {"incident": alert.key, **{name: str(getattr(alert, name)) for name in names}}
        return {"alertname": f"Headrace{alert.rule.title()}", "severity": "warning"} | {
            name: value for name, value in labels.items() if value
        }


FORMATS: Mapping[str, Format] = {"generic": Generic(), "slack": Slack(), "alertmanager": Alertmanager()}


def headline(alerts: Sequence[Alert]) -> str:
    """The group in a few words; one alert speaks for itself."""
    if len(alerts) == 1:
        return f"{alerts[0].state}: {named(alerts[0])}"
    counts = {state: sum(alert.state == state for alert in alerts) for state in ("firing", "resolved")}
    return f"{alerts[0].group}: " + ", ".join(f"{count} {state}" for state, count in counts.items() if count)


def named(alert: Alert) -> str:
    """Builds the sentence of an alert, with its feature or source."""
    return f"{alert.feature or f'source {alert.source}'}: {alert.summary}"


def _section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _escaped(text: str) -> str:
    """Cut, and without Slack's control characters: the names and values in an alert are anybody's."""
    return text[:MOST_LETTERS].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
