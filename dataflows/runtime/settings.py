"""The settings: HEADRACE_... variables with their types, bounds and defaults."""

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
    """Invalid settings, one line each. Never repeats a secret."""

    exit_code = ExitCode.WRONG


class Settings(BaseSettings):
    """All settings of a process; `load_settings` reads them.

    >>> Settings(shards=8).shards
    8
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    specs: Annotated[Path, Field(description="Folder that holds the source and feature definitions.")] = Path(
        "feature_specs"
    )
    var: Annotated[
        Path, Field(description="Folder for embedded topics, embedded Redis, the recovery store and logs.")
    ] = Path("var")
    pulsar_url: Annotated[
        str | None,
        Field(pattern=PULSAR_URL, description="pulsar:// or pulsar+ssl:// address. If unset, topics are files."),
    ] = None
    pulsar_admin_url: Annotated[
        str | None,
        Field(pattern=HTTP_URL, description="Address of Pulsar's admin API. If unset, port 8080 or 8443 of its host."),
    ] = None
    pulsar_token: Annotated[SecretStr | None, Field(description="JSON Web Token that authenticates with Pulsar.")] = (
        None
    )
    pulsar_token_file: Annotated[
        Path | None, Field(description="File that holds the token; takes precedence over HEADRACE_PULSAR_TOKEN.")
    ] = None
    pulsar_tls_ca: Annotated[Path | None, Field(description="CA certificates to trust (PEM file).")] = None
    pulsar_tls_cert: Annotated[Path | None, Field(description="Client certificate (PEM file).")] = None
    pulsar_tls_key: Annotated[Path | None, Field(description="Private key of the client certificate (PEM file).")] = (
        None
    )
    pulsar_tls_validate_hostname: Annotated[
        bool, Field(description="Require the broker's certificate to match its host name.")
    ] = True
    redis_url: Annotated[
        SecretStr | None,
        Field(description="redis://, rediss:// or unix:// address. If unset, Redis is embedded."),
    ] = None
    redis_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", description="Prefix of every key in Redis.")] = (
        "headrace"
    )
    shards: Annotated[
        int, Field(ge=1, le=512, description="Number of shards of each entity type. Saved state depends on it.")
    ] = 16
    batch_rows: Annotated[
        int, Field(ge=1, le=1_000_000, description="Maximum messages in one batch of a source partition.")
    ] = 10_000
    rows_per_epoch: Annotated[
        int, Field(ge=1, description="Maximum messages that a source partition reads in one epoch.")
    ] = 200_000
    history_processes: Annotated[
        int, Field(ge=1, le=64, description="Number of processes in which replays and training sets read and fold.")
    ] = 1
    start: Annotated[
        Literal["earliest", "latest"], Field(description="Where to start a topic that has no saved position.")
    ] = "earliest"
    sink_partitions: Annotated[
        int, Field(ge=1, le=512, description="Number of writers of each output, distributed over the workers.")
    ] = 1
    dead_letter_topic: Annotated[str, Field(pattern=TOPIC, description="Topic for rejected and late events.")] = (
        "persistent://public/default/headrace-dead-letters"
    )
    max_event_bytes: Annotated[
        int,
        Field(ge=1_024, le=5_000_000, description="Maximum bytes of an event. A larger event becomes a dead letter."),
    ] = 1_000_000
    max_id_bytes: Annotated[
        int, Field(ge=16, le=8_192, description="Maximum bytes of an entity id. An event with a longer one is refused.")
    ] = 1_024
    max_text_bytes: Annotated[
        int,
        Field(ge=1, le=1_000_000, description="Maximum bytes of a string that a feature retains, such as with `last`."),
    ] = 65_536
    empty_id: Annotated[
        Literal["none", "entity"], Field(description='Meaning of the id "": no entity, or an entity like any other.')
    ] = "none"
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
    alert_topic: Annotated[str, Field(pattern=TOPIC, description="Topic for alerts.")] = (
        "persistent://public/default/headrace-alerts"
    )
    alert_violation_rate: Annotated[
        float, Field(ge=0, le=1, description="Share of rows (0 to 1) that may break a rule before an alert is raised.")
    ] = 0.01
    alert_freshness: Annotated[
        float, Field(gt=0, description="Seconds from publish to readable, at p99, above which an alert is raised.")
    ] = 10.0
    alert_silence: Annotated[
        int, Field(ge=1, description="Seconds of silence of a source before an alert is raised.")
    ] = 900
    alert_standstill: Annotated[
        int, Field(ge=5, le=86_400, description="Seconds without a heartbeat before the dataflow counts as stalled.")
    ] = 30
    alert_webhook: Annotated[
        SecretStr | None, Field(description="http(s) address that receives the alerts by POST.")
    ] = None
    alert_webhook_format: Annotated[
        Literal["generic", "slack", "alertmanager", "teams"], Field(description="Format of the posted alerts.")
    ] = "generic"
    alert_routes: Annotated[
        Path | None,
        Field(description="YAML file that says which alerts go where, by owner, tag or source. If unset, no routes."),
    ] = None
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
            description="Maximum pictures a minute of features that fire or cease to: drawn at once on a busy machine.",
        ),
    ] = 20
    registry: Annotated[
        Literal["off", "warn", "enforce"],
        Field(
            description="What a worker does if a feature topic on Pulsar lacks its schema: off registers it, warn logs "
            "that and registers it, enforce refuses to start."
        ),
    ] = "warn"
    registry_topic: Annotated[
        str,
        Field(pattern=TOPIC, description="Topic of the registry on Pulsar; its history is beside it, on -history."),
    ] = "persistent://public/headrace/registry"
    topic_retention_days: Annotated[
        int,
        Field(
            ge=-1,
            le=36_500,
            description="Days for which a topic that would keep nothing is kept once registered. -1: for ever.",
        ),
    ] = 30
    archive: Annotated[
        str | None,
        Field(description="Folder or URL for raw events as Parquet, such as s3://bucket/path. If unset, no archive."),
    ] = None
    archive_seconds: Annotated[
        int, Field(ge=1, le=86_400, description="Seconds between two looks of a live run for events to archive.")
    ] = 300
    archive_events: Annotated[
        bool,
        Field(
            description="Whether the archive keeps decoded events beside their payloads, so that history reads faster."
        ),
    ] = True
    pages_url: Annotated[
        str | None,
        Field(
            pattern=HTTP_URL,
            description="Address at which readers open the pages, such as http://shop:8080: alerts link there.",
        ),
    ] = None
    openlineage_url: Annotated[
        SecretStr | None,
        Field(description="http(s) address that receives lineage as OpenLineage events. If unset, none are sent."),
    ] = None
    openlineage_token: Annotated[
        SecretStr | None, Field(description="Bearer token for the receiver of OpenLineage events.")
    ] = None
    openlineage_namespace: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9_.:/-]{1,200}$", description="Namespace of this deployment in OpenLineage events."),
    ] = "headrace"
    serve_token: Annotated[
        SecretStr | None, Field(description="Bearer token that pages and API require. If unset, they require none.")
    ] = None

    cluster_patience: Annotated[
        int, Field(ge=1, le=86_400, description="Seconds that a starting process waits for the other processes of -a.")
    ] = 300
    topic_partitions: Annotated[
        int, Field(ge=1, le=1000, description="Number of partitions of a Pulsar topic that the command line creates.")
    ] = 4
    max_row_bytes: Annotated[
        int,
        Field(
            ge=1_024,
            le=67_108_864,
            description="Maximum bytes of a feature row. Larger rows lose their largest values.",
        ),
    ] = 1_048_576
    max_message_bytes: Annotated[
        int | None,
        Field(ge=1_024, description="Maximum bytes of an outgoing message. If unset, the broker's limit."),
    ] = None
    refused_mb: Annotated[
        int,
        Field(
            ge=1, le=100_000, description="Maximum megabytes of refused messages kept in VAR/refused for each topic."
        ),
    ] = 16
    debug: Annotated[bool, Field(description="Print the traceback of a failure as well, to debug Headrace itself.")] = (
        False
    )
    serve_hosts: Annotated[
        str,
        Field(
            pattern=HOSTS,
            description="Host names, separated by commas, that the server answers to without a token.",
        ),
    ] = ""

    metrics_host: Annotated[
        str,
        Field(
            pattern=HOST,
            description="IPv4 address on which a worker serves /metrics; 0.0.0.0 listens on all interfaces.",
        ),
    ] = "127.0.0.1"

    @property
    def redis_address(self) -> str | None:
        """Where Redis is, its password included; None for the embedded server."""
        return self.redis_url.get_secret_value() if self.redis_url else None

    @property
    def hosts(self) -> list[str]:
        """Lists the host names of HEADRACE_SERVE_HOSTS."""
        return [name for name in self.serve_hosts.split(",") if name]

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(REDIS_SCHEMES):
            raise expected("an address that starts with redis://, rediss:// or unix://")
        return url

    @field_validator("alert_webhook", "openlineage_url")
    @classmethod
    def _webhook(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(WEBHOOK_SCHEMES):
            raise expected("an address that starts with http:// or https://")
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


def variable(name: str) -> str:
    """Returns the environment variable of a setting: `HEADRACE_SHARDS` for `shards`."""
    return PREFIX + name.upper()


def admin_url_of(pulsar_url: str) -> str:
    """Derives the admin address from the address of a broker.

    >>> admin_url_of("pulsar+ssl://broker-1:6651")
    'https://broker-1:8443'
    """
    parts = urlsplit(pulsar_url.split(",", maxsplit=1)[0])
    scheme, port = ADMIN_PORTS[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{scheme}://{host}:{port}"


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
