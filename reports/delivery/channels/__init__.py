"""Channels for alerts: posts in a format, mails, services of Apprise. Each returns an answer."""

from reports.delivery.channels.apprise_service import AppriseMissing, AppriseService
from reports.delivery.channels.channel import Channel, DeliveryResult
from reports.delivery.channels.formatted_webhook import FormattedWebhook
from reports.delivery.channels.mailbox import Mailbox

__all__ = ["AppriseMissing", "AppriseService", "Channel", "DeliveryResult", "FormattedWebhook", "Mailbox"]
