"""Formats alerts as an adaptive card for webhooks of Microsoft Teams workflows."""

from collections.abc import Sequence

import msgspec

from reports.addresses import links
from reports.delivery.channels.words import first_action, headline, stated
from reports.plain_texts import plain
from reports.records import Alert

MOST_ALERTS = 15  # Teams accepts 28 KB
LONGEST = 300
MOST_LINKS = 4


class Teams:
    """Formats a card: a headline, a text per alert, and buttons for the addresses of the first alert.

    Texts are runs, which are not read as Markdown, because names and values in an alert are not trusted.
    """

    renew_ms = 0
    at_once = MOST_ALERTS
    needs_begin = False

    def body(self, alerts: Sequence[Alert], now_ms: int) -> bytes:
        """Encodes a message with one card."""
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "msteams": {"width": "Full"},
            "body": [_text(_run(headline(alerts), weight="Bolder")), *map(_text_block, alerts)],
            "actions": _buttons(alerts),
        }
        attached = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        return msgspec.json.encode({"type": "message", "attachments": [attached]})


def _text_block(alert: Alert) -> dict[str, object]:
    colour = "Attention" if alert.state == "firing" else "Good"
    action = first_action(alert)
    return _text(_run(stated(alert), color=colour), *([_run(f" First: {action}")] if action else []))


def _buttons(alerts: Sequence[Alert]) -> list[dict[str, str]]:
    urls = dict.fromkeys(link for alert in alerts for link in links(alert))
    return [{"type": "Action.OpenUrl", "title": f"Open the {name}", "url": url} for name, url in urls][:MOST_LINKS]


def _text(*runs: dict[str, str]) -> dict[str, object]:
    return {"type": "RichTextBlock", "separator": True, "inlines": list(runs)}


def _run(text: str, **look: str) -> dict[str, str]:
    return {"type": "TextRun", "text": plain(text, LONGEST), **look}
