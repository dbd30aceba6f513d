"""Lists the formats of posted alerts by the name that a setting or a route uses."""

from collections.abc import Mapping

from reports.delivery.channels.payloads import Alertmanager, Format, Generic, Slack
from reports.delivery.channels.teams import Teams

FORMATS: Mapping[str, Format] = {
    "generic": Generic(),
    "slack": Slack(),
    "alertmanager": Alertmanager(),
    "teams": Teams(),
}
