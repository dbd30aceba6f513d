"""Settings: how the dataflow runs, and which events it takes."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from dataflows.runtime.settings.addresses import (
    HOST,
)


class DataflowSettings(BaseModel):
    """How the dataflow runs, and which events it takes."""

    shards: Annotated[
        int, Field(ge=1, le=512, description="Number of shards of each entity type. Saved state depends on it.")
    ] = 16
    cluster_patience: Annotated[
        int,
        Field(
            ge=1, le=86_400, description="Seconds that a process waits at start for the other processes listed in -a."
        ),
    ] = 300
    metrics_host: Annotated[
        str,
        Field(
            pattern=HOST,
            description="IPv4 address on which a worker serves /metrics; 0.0.0.0 listens on all interfaces.",
        ),
    ] = "127.0.0.1"
    debug: Annotated[bool, Field(description="Print the traceback of a failure, for debugging Headrace itself.")] = (
        False
    )
    max_event_bytes: Annotated[
        int,
        Field(
            ge=1_024, le=5_000_000, description="Maximum size of an event in bytes. Larger events become dead letters."
        ),
    ] = 1_000_000
    max_id_bytes: Annotated[
        int,
        Field(
            ge=16, le=8_192, description="Maximum size of an entity id in bytes. Events with longer ids are rejected."
        ),
    ] = 1_024
    max_text_bytes: Annotated[
        int,
        Field(
            ge=1,
            le=1_000_000,
            description="Maximum size in bytes of a string that a feature stores, for example with `last`.",
        ),
    ] = 65_536
    empty_id: Annotated[
        Literal["none", "entity"],
        Field(description='How to treat the id "": as no entity, or as an entity like any other.'),
    ] = "none"
