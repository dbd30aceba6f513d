"""Posts alerts to an http(s) address in the format of their receiver."""

import hashlib
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

    @property
    def needs_begin(self) -> bool:
        """Returns whether the receiver of its format ignores an end without a beginning."""
        return self.form.needs_begin

    def tell(self, alerts: Sequence[Alert], now_ms: int) -> DeliveryResult:
        """Posts the alerts. Repeated attempts have the same key, unless the format repeats alerts on purpose."""
        return self.webhook.post(self.form.body(alerts, now_ms), "" if self.form.renew_ms else _key_of(alerts))


def _key_of(alerts: Sequence[Alert]) -> str:
    """Returns a key of a message, by which a receiver that answered too slowly recognises its repetition."""
    states = sorted(f"{alert.key} {alert.state}" for alert in alerts)
    return hashlib.sha256("\n".join(states).encode()).hexdigest()
