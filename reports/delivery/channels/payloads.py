"""Formats of posted alerts that any receiver may have: one class per format."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from reports.addresses import LONGEST_URL, is_address, links
from reports.delivery.channels.words import first_action, headline, sentence, stated
from reports.records import Alert

MOST_SECTIONS = 20  # a message longer than that is not read; Slack itself takes 50
MOST_LETTERS = 500  # of a text; Slack takes 3,000 in a section, and what is escaped grows fivefold
ALL = 1_000_000
LASTS_MS = 3_600_000
RENEW_MS = 60_000


class Format(Protocol):
    """Alerts of one group -> one body."""

    @property
    def renew_ms(self) -> int:
        """After how long a firing alert is to be posted again; 0 when once is enough."""

    @property
    def at_once(self) -> int:
        """How many alerts one body takes."""

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """The JSON to post."""


class Generic:
    """One JSON object a group, with the alerts as they are on the alert topic."""

    renew_ms = 0
    at_once = ALL

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
    at_once = ALL

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
    """What Alertmanager's `POST /api/v2/alerts` takes: its labels are the alert's identity.

    Alertmanager forgets an alert that nobody repeats, and all of them when it restarts: firing ones are renewed.
    """

    renew_ms = RENEW_MS
    at_once = ALL

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """A list of postable alerts."""
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
        """Texts and numbers; those that are empty are left out."""
        numbers = {name: str(getattr(alert, name)) for name in ("score", "threshold", "n", "windows")}
        texts = {name: str(getattr(alert, name)) for name in ("what", "now", "usual", "link")}
        known = {"summary": sentence(alert), "action": first_action(alert), "runbook_url": alert.runbook, **texts}
        return {name: text for name, text in known.items() if text} | numbers

    def _labels(self, alert: Alert) -> dict[str, str]:
        """Those with a value: an empty label is none."""
        names = ("feature", "source", "rule", "detail", "owner", "group")
        labels = {"incident": alert.key, **{name: str(getattr(alert, name)) for name in names}}
        return {"alertname": f"Headrace{alert.rule.title()}", "severity": "warning"} | {
            name: value for name, value in labels.items() if value
        }


def _section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _escaped(text: str, limit: int = MOST_LETTERS) -> str:
    """Cut, and without Slack's control characters: the names and values in an alert are anybody's."""
    return text[:limit].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def instant(ms: int) -> str:
    """A time as these formats write it."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
