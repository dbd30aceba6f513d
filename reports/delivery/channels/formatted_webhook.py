"""Posts alerts to an http(s) address in the format of their receiver."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.delivery.channels.channel import DeliveryResult
from reports.delivery.channels.payloads import Format
from reports.delivery.channels.webhook import Webhook
from reports.records import Alert


@dataclass(frozen=True, slots=True)
class FormattedWebhook:
    """A webhook and the format that it understands."""

    webhook: Webhook
    form: Format

    @property
    def at_once(self) -> int:
        """Returns how many alerts its format holds."""
        return self.form.at_once

    @property
    def renew_ms(self) -> int:
        """Returns after how long (ms) its format repeats a firing alert."""
        return self.form.renew_ms

    def tell(self, alerts: Sequence[Alert], now_ms: int) -> DeliveryResult:
        """Posts the alerts."""
        return self.webhook.post(self.form.body(alerts, now_ms))
