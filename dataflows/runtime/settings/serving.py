"""Settings: pages and API."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from dataflows.runtime.settings.addresses import (
    HOSTS,
)


class ServingSettings(BaseModel):
    """Pages and API."""

    serve_token: Annotated[
        SecretStr | None,
        Field(description="Bearer token that the pages and the API require. If unset, none is required."),
    ] = None
    serve_hosts: Annotated[
        str,
        Field(
            pattern=HOSTS,
            description="Comma-separated host names under which the server answers requests without a token.",
        ),
    ] = ""

    @property
    def hosts(self) -> list[str]:
        """Lists the host names of HEADRACE_SERVE_HOSTS."""
        return [name for name in self.serve_hosts.split(",") if name]
