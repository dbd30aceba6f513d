"""Settings: where definitions are, and what a process keeps on disk."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field


class FolderSettings(BaseModel):
    """Where definitions are, and what a process keeps on disk."""

    specs: Annotated[Path, Field(description="Folder that holds the source and feature definitions.")] = Path(
        "feature_specs"
    )
    var: Annotated[
        Path, Field(description="Folder for embedded topics, embedded Redis, the recovery store and logs.")
    ] = Path("var")
    refused_mb: Annotated[
        int,
        Field(
            ge=1, le=100_000, description="Maximum megabytes of refused messages to keep in VAR/refused for each topic."
        ),
    ] = 16
