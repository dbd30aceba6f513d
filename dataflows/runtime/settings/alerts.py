"""Settings: when an alert is raised, and who is notified."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from dataflows.runtime.settings.addresses import (
    HTTP_URL,
    TOPIC,
    web_address,
)


class AlertSettings(BaseModel):
    """When an alert is raised, and who is notified."""

    alert_topic: Annotated[str, Field(pattern=TOPIC, description="Topic for alerts.")] = (
        "persistent://public/default/headrace-alerts"
    )
    alert_violation_rate: Annotated[
        float, Field(ge=0, le=1, description="Share of rows (0 to 1) that may break a rule before an alert is raised.")
    ] = 0.01
    alert_freshness: Annotated[
        float, Field(gt=0, description="Seconds from publish to readable, at p99, above which an alert is raised.")
    ] = 10.0
    alert_silence: Annotated[
        int, Field(ge=1, description="Seconds of silence of a source before an alert is raised.")
    ] = 900
    alert_standstill: Annotated[
        int, Field(ge=5, le=86_400, description="Seconds without a heartbeat before the dataflow counts as stalled.")
    ] = 30
    alert_skew: Annotated[
        int,
        Field(
            ge=1,
            le=86_400,
            description="Clock skew of events, in seconds beyond the usual, above which an alert is raised.",
        ),
    ] = 20
    alert_webhook: Annotated[
        SecretStr | None,
        AfterValidator(web_address),
        Field(description="http(s) address to which alerts are posted."),
    ] = None
    alert_webhook_format: Annotated[
        Literal["generic", "slack", "alertmanager", "teams"],
        Field(description="Format of alerts posted to the webhook."),
    ] = "generic"
    alert_routes: Annotated[
        Path | None,
        Field(description="YAML file that routes alerts by owner, tag or source. If unset, there are no routes."),
    ] = None
    pages_url: Annotated[
        str | None,
        Field(
            pattern=HTTP_URL,
            description="Public address of the pages, such as http://shop:8080. Alerts link to it.",
        ),
    ] = None
