"""Settings: profiles, drift and the reports of intervals."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from dataflows.runtime.settings.addresses import (
    TOPIC,
)


class QualitySettings(BaseModel):
    """Profiles, drift and the reports of intervals."""

    quality: Annotated[bool, Field(description="Profile feature values, detect drift and raise alerts.")] = True
    quality_interval: Annotated[
        int,
        Field(
            ge=1,
            le=86_400,
            description="Length of a quality interval in seconds. Each interval yields one profile per feature.",
        ),
    ] = 300
    quality_time: Annotated[
        Literal["event", "processing"],
        Field(description="Time that assigns a value to an interval: event time or processing time."),
    ] = "event"
    quality_reference: Annotated[
        int,
        Field(
            ge=1, le=1000, description="Number of closed intervals in the drift reference window, excluding the newest."
        ),
    ] = 12
    quality_entities: Annotated[
        int,
        Field(
            ge=200,
            le=1_000_000,
            description="Maximum entities per type that a worker profiles in an interval. More are sampled.",
        ),
    ] = 10_000
    quality_topic: Annotated[
        str, Field(pattern=TOPIC, description="Topic for profiles of closed quality intervals.")
    ] = "persistent://public/default/headrace-quality"
    reports_url: Annotated[
        str | None, Field(description="Folder or URL for reports, such as s3://bucket/path. If unset, VAR/reports.")
    ] = None
    reports_keep: Annotated[int, Field(ge=1, description="Number of intervals whose reports are kept.")] = 288
    reports_mb: Annotated[int, Field(ge=1, description="Maximum total size of all reports in megabytes.")] = 1_000
    reports_share: Annotated[
        float, Field(gt=0, le=1, description="Share of one processor (0 to 1) that rendering reports may use.")
    ] = 0.1
    reports_urgent: Annotated[
        int,
        Field(
            ge=0,
            le=600,
            description="Maximum charts per minute that are drawn at once for features that start or stop firing.",
        ),
    ] = 20
