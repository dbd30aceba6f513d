"""Alerts posted to an http(s) address in the format of their receiver."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.delivery.channels.channel import Answer
from reports.delivery.channels.payloads import Format
from reports.delivery.channels.webhook import Webhook
from reports.records import Alert


@dataclass(frozen=True, slots=True)
class Posting:
    """A webhook and what it understands."""

    webhook: Webhook
    form: Format

    @property
    def at_once(self) -> int:
        """How many alerts its format takes."""
        return self.form.at_once

    @property
    def renew_ms(self) -> int:
        """After how long its format repeats a firing alert."""
        return self.form.renew_ms

    def tell(self, alerts: Sequence[Alert], now_ms: int) -> Answer:
        """Posts them."""
        return self.webhook.post(self.form.body(alerts, now_ms))
