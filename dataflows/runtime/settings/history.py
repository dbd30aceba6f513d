"""Settings: replays, training sets and the archive."""

from typing import Annotated

from pydantic import BaseModel, Field


class HistorySettings(BaseModel):
    """Replays, training sets and the archive."""

    history_processes: Annotated[
        int,
        Field(ge=1, le=64, description="Number of processes that read and fold events for replays and training sets."),
    ] = 1
    history_threads: Annotated[
        int | None,
        Field(
            ge=1,
            le=64,
            description="Number of threads that read and fold events while there is one process. If unset, one for "
            "each core, but at most 4.",
        ),
    ] = None
    archive: Annotated[
        str | None,
        Field(description="Folder or URL of the raw event archive, such as s3://bucket/path. If unset, there is none."),
    ] = None
    archive_seconds: Annotated[
        int, Field(ge=1, le=86_400, description="Seconds between archiving passes of a live run.")
    ] = 300
    archive_events: Annotated[
        bool,
        Field(description="Also store decoded events in the archive, so that replays and training sets read faster."),
    ] = True
