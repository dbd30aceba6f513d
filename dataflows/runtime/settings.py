"""Settings: HEADRACE_... variables, and what each may be."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.errors import ExitCode, HeadraceError
from connectors.pulsar_connection import PulsarConnection
from dataflows.expectations import expected

PREFIX = "HEADRACE_"
ADMIN_PORTS = {"pulsar": ("http", 8080), "pulsar+ssl": ("https", 8443)}
PULSAR_URL = r"^pulsar(\+ssl)?://[^/\s@]+/?$"
HTTP_URL = r"^https?://[^/\s@]+(/\S*)?$"
TOPIC = r"^persistent://[^/\s]+/[^/\s]+/[^/\s]+$"
HOSTS = r"^[A-Za-z0-9_.:,\[\]-]*$"
HOST = r"^[A-Za-z0-9_.-]+$"
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
WEBHOOK_SCHEMES = ("http://", "https://")


class SettingsError(HeadraceError, ValueError):
    """Settings that cannot be used, a line for each. Never repeats a secret."""

    exit_code = ExitCode.WRONG


class Settings(BaseSettings):
    """All settings; `load_settings` reads them.

    >>> Settings(shards=8).shards
    8
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    specs: Annotated[Path, Field(description="Folder of the definitions.")] = Path("feature_specs")
    var: Annotated[Path, Field(description="Folder of embedded topics, embedded Redis, recovery store and logs.")] = (
        Path("var")
    )
    pulsar_url: Annotated[
        str | None, Field(pattern=PULSAR_URL, description="Pulsar, host:port; without it topics are files.")
    ] = None
    pulsar_admin_url: Annotated[
        str | None,
        Field(pattern=HTTP_URL, description="Pulsar's admin REST; by default port 8080 or 8443 of its host."),
    ] = None
    pulsar_token: Annotated[SecretStr | None, Field(description="JSON web token for Pulsar.")] = None
    pulsar_token_file: Annotated[
        Path | None, Field(description="File with the token, read again when needed; wins over the token.")
    ] = None
    pulsar_tls_ca: Annotated[Path | None, Field(description="CA certificates (PEM) to trust.")] = None
    pulsar_tls_cert: Annotated[Path | None, Field(description="Client certificate (PEM).")] = None
    pulsar_tls_key: Annotated[Path | None, Field(description="Key of the client certificate (PEM).")] = None
    pulsar_tls_validate_hostname: Annotated[
        bool, Field(description="Whether the broker's certificate must be for its host name.")
    ] = True
    redis_url: Annotated[
        SecretStr | None,
        Field(description="redis://, rediss:// or unix:// address; without it Redis is embedded."),
    ] = None
    redis_prefix: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_.-]+$", description="First part of every key in Redis.")
    ] = "headrace"
    shards: Annotated[
        int, Field(ge=1, le=512, description="Shards an entity type is cut into; kept state is bound to it.")
    ] = 16
    batch_rows: Annotated[
        int, Field(ge=1, le=1_000_000, description="Most messages in one batch of a source partition.")
    ] = 10_000
    rows_per_epoch: Annotated[int, Field(ge=1, description="Most messages a source partition reads in one epoch.")] = (
        200_000
    )
    start: Annotated[Literal["earliest", "latest"], Field(description="Where a topic without kept state is begun.")] = (
        "earliest"
    )
    sink_partitions: Annotated[
        int, Field(ge=1, le=512, description="Writers of each output, shared by the workers.")
    ] = 1
    dead_letter_topic: Annotated[str, Field(pattern=TOPIC, description="Topic of rejected and late events.")] = (
        "persistent://public/default/headrace-dead-letters"
    )
    max_event_bytes: Annotated[
        int, Field(ge=1_024, le=5_000_000, description="Most bytes of an event; a longer one is a dead letter.")
    ] = 1_000_000
    max_id_bytes: Annotated[
        int, Field(ge=16, le=8_192, description="Most bytes of an entity id; an event with a longer one is refused.")
    ] = 1_024
    max_text_bytes: Annotated[
        int, Field(ge=1, le=1_000_000, description="Most bytes of a text that a feature keeps, such as by `last`.")
    ] = 65_536
    empty_id: Annotated[
        Literal["none", "entity"], Field(description='Whether the id "" is no entity, or one like any other.')
    ] = "none"
    quality: Annotated[
        bool, Field(description="Whether values are profiled, drift is judged and alerts are raised.")
    ] = True
    quality_interval: Annotated[
        int, Field(ge=1, le=86_400, description="Seconds of a quality interval: one profile a feature, one report.")
    ] = 300
    quality_time: Annotated[
        Literal["event", "processing"], Field(description="By which time a value is counted into an interval.")
    ] = "event"
    quality_reference: Annotated[
        int, Field(ge=1, le=1000, description="Closed intervals that drift is judged against, the newest left out.")
    ] = 12
    quality_topic: Annotated[str, Field(pattern=TOPIC, description="Topic of closed profiles.")] = (
        "persistent://public/default/headrace-quality"
    )
    alert_topic: Annotated[str, Field(pattern=TOPIC, description="Topic of alerts.")] = (
        "persistent://public/default/headrace-alerts"
    )
    alert_violation_rate: Annotated[
        float, Field(ge=0, le=1, description="Share of rows that may break a validation rule before it is told.")
    ] = 0.01
    alert_freshness: Annotated[
        float, Field(gt=0, description="Seconds from publish to readable that p99 may take before it is told.")
    ] = 10.0
    alert_silence: Annotated[int, Field(ge=1, description="Seconds a source may be silent before it is told.")] = 900
    alert_standstill: Annotated[
        int, Field(ge=5, le=86_400, description="Seconds without a heartbeat of the dataflow before it is told.")
    ] = 30
    alert_webhook: Annotated[SecretStr | None, Field(description="http(s) address that alerts are posted to.")] = None
    alert_webhook_format: Annotated[
        Literal["generic", "slack", "alertmanager"], Field(description="What is posted there.")
    ] = "generic"
    reports_url: Annotated[
        str | None, Field(description="Where reports go: a folder, s3://bucket/path or the like; else VAR/reports.")
    ] = None
    reports_keep: Annotated[int, Field(ge=1, description="Intervals that reports are kept of.")] = 288
    reports_mb: Annotated[int, Field(ge=1, description="Most megabytes that reports may take.")] = 1_000
    reports_share: Annotated[
        float, Field(gt=0, le=1, description="Share of one processor that drawing reports may take.")
    ] = 0.1
    serve_token: Annotated[
        SecretStr | None, Field(description="Bearer token that pages and API ask for; without it they ask for none.")
    ] = None

    cluster_patience: Annotated[
        int, Field(ge=1, le=86_400, description="Seconds that a process waits at its start for the others of -a.")
    ] = 300
    topic_partitions: Annotated[
        int, Field(ge=1, le=1000, description="Partitions of a Pulsar topic that the command line creates.")
    ] = 4
    max_row_bytes: Annotated[
        int,
        Field(ge=1_024, le=67_108_864, description="Most bytes of a row of features; larger values are withheld."),
    ] = 1_048_576
    max_message_bytes: Annotated[
        int | None,
        Field(ge=1_024, description="Most bytes of a message that is sent; by default what the broker takes."),
    ] = None
    refused_mb: Annotated[
        int, Field(ge=1, le=100_000, description="Most megabytes of refused messages kept in VAR/refused, a topic.")
    ] = 16
    debug: Annotated[
        bool, Field(description="Whether a failure also prints its traceback, for whoever mends the program.")
    ] = False
    serve_hosts: Annotated[
        str,
        Field(
            pattern=HOSTS,
            description="Names, with commas, that pages and API are asked by besides localhost; any with a token.",
        ),
    ] = ""

    metrics_host: Annotated[
        str,
        Field(
            pattern=HOST,
            description="IPv4 address that a worker's /metrics is reached at; 0.0.0.0 is all of this machine's.",
        ),
    ] = "127.0.0.1"

    @property
    def redis_address(self) -> str | None:
        """Where Redis is, its password included; None for the embedded server."""
        return self.redis_url.get_secret_value() if self.redis_url else None

    @property
    def hosts(self) -> list[str]:
        """The names of HEADRACE_SERVE_HOSTS."""
        return [name for name in self.serve_hosts.split(",") if name]

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(REDIS_SCHEMES):
            raise expected("an address beginning with redis://, rediss:// or unix://")
        return url

    @field_validator("alert_webhook")
    @classmethod
    def _webhook(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(WEBHOOK_SCHEMES):
            raise expected("an address beginning with http:// or https://")
        return url

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
        """How Pulsar is reached; SettingsError without HEADRACE_PULSAR_URL."""
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


def variable(name: str) -> str:
    """The variable of a setting: `HEADRACE_SHARDS` for `shards`."""
    return PREFIX + name.upper()


def admin_url_of(pulsar_url: str) -> str:
    """The admin address on the host of a broker.

    >>> admin_url_of("pulsar+ssl://broker-1:6651")
    'https://broker-1:8443'
    """
    parts = urlsplit(pulsar_url.split(",", maxsplit=1)[0])
    scheme, port = ADMIN_PORTS[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{scheme}://{host}:{port}"


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
