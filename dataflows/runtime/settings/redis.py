"""Settings: the online store."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, field_validator

from dataflows.expectations import expected
from dataflows.runtime.settings.addresses import REDIS_SCHEMES


class RedisSettings(BaseModel):
    """The online store."""

    redis_url: Annotated[
        SecretStr | None,
        Field(description="Redis address: redis://, rediss:// or unix://. If unset, Redis is embedded."),
    ] = None
    redis_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", description="Prefix of every key in Redis.")] = (
        "headrace"
    )
    max_row_bytes: Annotated[
        int,
        Field(
            ge=1_024,
            le=67_108_864,
            description="Maximum size of a feature row in bytes. Larger rows are stored without their largest values.",
        ),
    ] = 1_048_576
    sink_partitions: Annotated[
        int, Field(ge=1, le=512, description="Number of writers per output, distributed over the workers.")
    ] = 1

    @property
    def redis_address(self) -> str | None:
        """Returns the address of Redis, including its password; None for the embedded server."""
        return self.redis_url.get_secret_value() if self.redis_url else None

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(REDIS_SCHEMES):
            raise expected("an address that starts with redis://, rediss:// or unix://")
        return url
