"""The visible table of the formats that alerts are posted in, by the name that a setting or a route writes."""

from collections.abc import Mapping

from reports.delivery.channels.payloads import Alertmanager, Format, Generic, Slack
from reports.delivery.channels.teams import Teams

FORMATS: Mapping[str, Format] = {
    "generic": Generic(),
    "slack": Slack(),
    "alertmanager": Alertmanager(),
    "teams": Teams(),
}
