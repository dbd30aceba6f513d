"""Sends alerts through the services of Apprise, such as Discord, Matrix, ntfy or Opsgenie (extra `apprise`).

Apprise reports failures only in its log, which may contain addresses, so it is not passed on.
"""

import logging
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from reports.delivery.channels.channel import DeliveryResult
from reports.delivery.channels.words import headline, paragraph
from reports.plain_texts import plain
from reports.records import Alert

MOST_ALERTS = 20
LONGEST_TITLE = 150


class AppriseMissing(Exception):
    """The extra is not installed."""


class AppriseService:
    """A service by its Apprise URL. Raises AppriseMissing, and ValueError for a URL that Apprise does not support."""

    at_once = MOST_ALERTS
    renew_ms = 0
    needs_begin = False

    def __init__(self, url: str) -> None:
        self._apprise = _module()
        with warnings.catch_warnings():  # it tries modules of older and newer Pythons
            warnings.simplefilter("ignore", DeprecationWarning)
            self._service = self._apprise.Apprise.instantiate(url)
        if self._service is None:
            raise ValueError("not an Apprise URL")

    def tell(self, alerts: Sequence[Alert], now_ms: int) -> DeliveryResult:
        """Sends one message about the alerts."""
        firing = any(alert.state == "firing" for alert in alerts)
        kind = self._apprise.NotifyType.WARNING if firing else self._apprise.NotifyType.SUCCESS
        body = "\n\n".join(paragraph(alert) for alert in alerts)
        try:
            sent = self._service.notify(body=body, title=plain(headline(alerts), LONGEST_TITLE), notify_type=kind)
        except Exception as error:  # any of its many services may raise any error; the alert waits
            return DeliveryResult(False, why=type(error).__name__)
        return DeliveryResult(bool(sent), why="" if sent else "Apprise could not deliver")


def _module() -> Any:
    try:
        apprise = import_module("apprise")
    except ImportError as error:
        raise AppriseMissing from error
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    return apprise
