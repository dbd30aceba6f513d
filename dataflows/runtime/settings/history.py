"""Settings: replays, training sets and the archive."""

from typing import Annotated

from pydantic import BaseModel, Field


class HistorySettings(BaseModel):
    """Replays, training sets and the archive."""

    history_processes: Annotated[
        int, Field(ge=1, le=64, description="Number of processes in which replays and training sets read and fold.")
    ] = 1
    archive: Annotated[
        str | None,
        Field(description="Folder or URL for raw events as Parquet, such as s3://bucket/path. If unset, no archive."),
    ] = None
    archive_seconds: Annotated[
        int, Field(ge=1, le=86_400, description="Seconds between two passes of a live run over the events to archive.")
    ] = 300
    archive_events: Annotated[
        bool,
        Field(
            description="Whether the archive keeps decoded events beside their payloads, so that history reads faster."
        ),
    ] = True
