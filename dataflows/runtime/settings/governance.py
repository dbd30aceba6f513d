"""Settings: the registry, and the receiver of run events."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from dataflows.runtime.settings.addresses import (
    TOPIC,
    web_address,
)


class GovernanceSettings(BaseModel):
    """The registry, and the receiver of run events."""

    registry: Annotated[
        Literal["off", "warn", "enforce"],
        Field(
            description="What a worker does if a feature topic on Pulsar has no schema: off registers it, warn "
            "registers it and logs a warning, enforce refuses to start."
        ),
    ] = "warn"
    registry_topic: Annotated[
        str,
        Field(
            pattern=TOPIC,
            description="Registry topic on Pulsar. Its history is a second topic with the suffix -history.",
        ),
    ] = "persistent://public/headrace/registry"
    openlineage_url: Annotated[
        SecretStr | None,
        AfterValidator(web_address),
        Field(description="http(s) address that receives lineage as OpenLineage events. If unset, none are sent."),
    ] = None
    openlineage_token: Annotated[
        SecretStr | None, Field(description="Bearer token for the receiver of OpenLineage events.")
    ] = None
    openlineage_namespace: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9_.:/-]{1,200}$", description="Namespace of this deployment in OpenLineage events."),
    ] = "headrace"
