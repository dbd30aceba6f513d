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
        Field(ge=1, le=86_400, description="Seconds in a quality interval: one profile of each feature, one report."),
    ] = 300
    quality_time: Annotated[
        Literal["event", "processing"], Field(description="Time that decides which interval a value belongs to.")
    ] = "event"
    quality_reference: Annotated[
        int, Field(ge=1, le=1000, description="Closed intervals in the reference window of drift, the newest excluded.")
    ] = 12
    quality_entities: Annotated[
        int,
        Field(
            ge=200,
            le=1_000_000,
            description="Entities of a type whose values a worker profiles in an interval; of more, a sample.",
        ),
    ] = 10_000
    quality_topic: Annotated[
        str, Field(pattern=TOPIC, description="Topic for the profiles of closed quality intervals.")
    ] = "persistent://public/default/headrace-quality"
    reports_url: Annotated[
        str | None, Field(description="Folder or URL for reports, such as s3://bucket/path. If unset, VAR/reports.")
    ] = None
    reports_keep: Annotated[int, Field(ge=1, description="Number of intervals whose reports are kept.")] = 288
    reports_mb: Annotated[int, Field(ge=1, description="Maximum megabytes of all reports together.")] = 1_000
    reports_share: Annotated[
        float, Field(gt=0, le=1, description="Share of one processor (0 to 1) that rendering reports may use.")
    ] = 0.1
    reports_urgent: Annotated[
        int,
        Field(
            ge=0,
            le=600,
            description="Maximum pictures a minute of features that start or stop firing, drawn without delay.",
        ),
    ] = 20
