"""Formats posted alerts for generic receivers: one class per format."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from reports.addresses import LONGEST_URL, is_address, links
from reports.delivery.channels.words import first_action, headline, sentence, stated
from reports.records import Alert

MOST_SECTIONS = 20  # longer messages are not read; Slack accepts 50
MOST_LETTERS = 500  # of a text; Slack accepts 3,000 per section, and escaping can make a text five times as long
ALL = 1_000_000
LASTS_MS = 3_600_000
RENEW_MS = 60_000


class Format(Protocol):
    """Formats the alerts of one group as one body."""

    @property
    def renew_ms(self) -> int:
        """Returns after how long (ms) a firing alert is posted again; 0 if once is enough."""

    @property
    def at_once(self) -> int:
        """Returns how many alerts one body holds."""

    @property
    def needs_begin(self) -> bool:
        """Returns whether the receiver ignores the end of an alert whose beginning it did not get."""

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """Returns the JSON to post."""


class Generic:
    """Formats one JSON object per group, with the alerts as they are on the alert topic."""

    renew_ms = 0
    at_once = ALL
    needs_begin = False

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """Encodes the group, its numbers, and its alerts."""
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
    """Formats a message of a Slack incoming webhook: a headline and a section per alert."""

    renew_ms = 0
    at_once = ALL
    needs_begin = False

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """Encodes the message; cuts a long group and appends the number left out."""
        shown, more = alerts[:MOST_SECTIONS], len(alerts) - MOST_SECTIONS
        blocks = [_section(f"*{_escaped(headline(alerts))}*"), *(_section(self._text(alert)) for alert in shown)]
        blocks += [_section(f"and {more} more")] if more > 0 else []
        return msgspec.json.encode({"text": _escaped(headline(alerts)), "blocks": blocks})

    def _text(self, alert: Alert) -> str:
        mark = ":red_circle:" if alert.state == "firing" else ":white_check_mark:"
        action = first_action(alert)
        lines = [f"{mark} {_escaped(stated(alert))}", *([f"First: {_escaped(action)}"] if action else [])]
        opened = [f"<{_escaped(url, LONGEST_URL)}|{name}>" for name, url in links(alert)]
        return "\n".join([*lines, *([" · ".join(opened)] if opened else [])])


class Alertmanager:
    """Formats alerts for Alertmanager's `POST /api/v2/alerts`: the labels are the alert's identity.

    Alertmanager forgets an alert that is not repeated, and all of them when it restarts, so firing alerts are renewed.
    """

    renew_ms = RENEW_MS
    at_once = ALL
    needs_begin = False  # it notifies only of alerts that it has seen firing for a while

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """Encodes a list of postable alerts."""
        return msgspec.json.encode([self._postable(alert, now_ms) for alert in alerts])

    def _postable(self, alert: Alert, now_ms: int) -> dict[str, object]:
        generator = {"generatorURL": alert.link} if is_address(alert.link) else {}
        return {
            "labels": self._labels(alert),
            "annotations": self._annotations(alert),
            "startsAt": instant(alert.onset_ms),
            "endsAt": instant(now_ms + LASTS_MS if alert.state == "firing" else max(alert.at_ms, alert.onset_ms + 1)),
            **generator,
        }

    def _annotations(self, alert: Alert) -> dict[str, str]:
        """Returns texts and numbers without empty values."""
        numbers = {name: str(getattr(alert, name)) for name in ("score", "threshold", "n", "windows")}
        texts = {name: str(getattr(alert, name)) for name in ("what", "now", "usual", "link")}
        known = {"summary": sentence(alert), "action": first_action(alert), "runbook_url": alert.runbook, **texts}
        return {name: text for name, text in known.items() if text} | numbers

    def _labels(self, alert: Alert) -> dict[str, str]:
        """Returns the labels without empty values, which Alertmanager would drop."""
        names = ("feature", "source", "rule", "detail", "owner", "group")
        labels = {"incident": alert.key, **{name: str(getattr(alert, name)) for name in names}}
        return {"alertname": f"Headrace{alert.rule.title()}", "severity": "warning"} | {
            name: value for name, value in labels.items() if value
        }


def _section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _escaped(text: str, limit: int = MOST_LETTERS) -> str:
    """Cuts a text and escapes Slack's control characters, because names and values in an alert are not trusted."""
    return text[:limit].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def instant(ms: int) -> str:
    """Formats a time for these formats."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
