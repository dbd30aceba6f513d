"""Settings: how Pulsar is reached, and how topics are read and written."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from connectors.pulsar_connection import PulsarConnection
from dataflows.expectations import expected
from dataflows.runtime.settings.addresses import (
    HTTP_URL,
    PULSAR_URL,
    TOPIC,
    admin_url_of,
)
from dataflows.runtime.settings.errors import SettingsError


class PulsarSettings(BaseModel):
    """Settings of Pulsar: connecting to it, and reading and writing topics."""

    pulsar_url: Annotated[
        str | None,
        Field(
            pattern=PULSAR_URL, description="Pulsar address: pulsar:// or pulsar+ssl://. If unset, topics are files."
        ),
    ] = None
    pulsar_admin_url: Annotated[
        str | None,
        Field(
            pattern=HTTP_URL,
            description="Address of Pulsar's admin API. If unset, port 8080 or 8443 of the Pulsar host.",
        ),
    ] = None
    pulsar_token: Annotated[SecretStr | None, Field(description="JSON Web Token for authentication with Pulsar.")] = (
        None
    )
    pulsar_token_file: Annotated[
        Path | None, Field(description="File that contains the token. Takes precedence over HEADRACE_PULSAR_TOKEN.")
    ] = None
    pulsar_tls_ca: Annotated[Path | None, Field(description="CA certificates to trust (PEM file).")] = None
    pulsar_tls_cert: Annotated[Path | None, Field(description="Client certificate (PEM file).")] = None
    pulsar_tls_key: Annotated[Path | None, Field(description="Private key of the client certificate (PEM file).")] = (
        None
    )
    pulsar_tls_validate_hostname: Annotated[
        bool, Field(description="Require the broker's certificate to match its host name.")
    ] = True
    topic_partitions: Annotated[
        int, Field(ge=1, le=1000, description="Number of partitions of Pulsar topics that the command line creates.")
    ] = 4
    topic_retention_days: Annotated[
        int,
        Field(
            ge=-1,
            le=36_500,
            description="Retention in days, set at registration for topics that have none. -1: unlimited.",
        ),
    ] = 30
    start: Annotated[
        Literal["earliest", "latest"], Field(description="Where to start reading a topic that has no saved position.")
    ] = "earliest"
    batch_rows: Annotated[
        int,
        Field(
            ge=1,
            le=1_000_000,
            description="Maximum number of messages in one batch of a source partition; larger for archives.",
        ),
    ] = 10_000
    rows_per_epoch: Annotated[
        int, Field(ge=1, description="Maximum number of messages that a source partition reads in one epoch.")
    ] = 200_000
    max_message_bytes: Annotated[
        int | None,
        Field(
            ge=1_024, description="Maximum size of an outgoing message in bytes. If unset, the broker's limit applies."
        ),
    ] = None
    dead_letter_topic: Annotated[str, Field(pattern=TOPIC, description="Topic for rejected and late events.")] = (
        "persistent://public/default/headrace-dead-letters"
    )

    @field_validator("pulsar_token_file", "pulsar_tls_ca", "pulsar_tls_cert", "pulsar_tls_key")
    @classmethod
    def _exists(cls, file: Path | None) -> Path | None:
        if file is not None and not file.is_file():
            raise expected("a file that exists")
        return file

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.pulsar_tls_cert is None) != (self.pulsar_tls_key is None):
            raise expected("both HEADRACE_PULSAR_TLS_CERT and HEADRACE_PULSAR_TLS_KEY, or neither")
        return self

    def pulsar_connection(self) -> PulsarConnection:
        """Returns how to connect to Pulsar. Raises SettingsError if HEADRACE_PULSAR_URL is not set."""
        if self.pulsar_url is None:
            raise SettingsError("HEADRACE_PULSAR_URL: not set; expected pulsar://host:port")
        return PulsarConnection(
            url=self.pulsar_url,
            admin_url=self.pulsar_admin_url or admin_url_of(self.pulsar_url),
            token=self.pulsar_token.get_secret_value() if self.pulsar_token else None,
            token_file=_text(self.pulsar_token_file),
            tls_ca=_text(self.pulsar_tls_ca),
            tls_cert=_text(self.pulsar_tls_cert),
            tls_key=_text(self.pulsar_tls_key),
            tls_validate_hostname=self.pulsar_tls_validate_hostname,
        )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
