"""Names jobs and datasets for lineage. No name contains a secret of an address."""

import re
from dataclasses import dataclass
from importlib.metadata import version

from dataflows.runtime.settings import Settings

SPEC = "https://openlineage.io/spec"
PRODUCER = f"urn:headrace:{version('headrace')}"
JOB = "features"
_ADDRESS = re.compile(
    r"(?P<scheme>[a-z]+://)([^@/?#]*@)?"
    r"(?P<host>(([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?)?)(?P<path>[A-Za-z0-9_./-]*)([?#][^@]*)?"
)


@dataclass(frozen=True, slots=True, order=True)
class DatasetName:
    """A dataset by its OpenLineage name."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """Addresses of topics and rows; `job_namespace` distinguishes deployments."""

    job_namespace: str
    pulsar: str
    redis: str
    prefix: str

    def topic(self, topic: str) -> DatasetName:
        """Returns the dataset of a topic."""
        return DatasetName(self.pulsar, topic)

    def rows(self, entity_type: str) -> DatasetName:
        """Returns the dataset of an entity type's rows in Redis."""
        return DatasetName(self.redis, f"{self.prefix}:{entity_type}")


def deployment_of(settings: Settings) -> Deployment:
    """Returns the deployment of these settings. Embedded topics and an embedded Redis are named after it."""
    namespace = settings.openlineage_namespace
    return Deployment(
        namespace,
        settings.pulsar_url.rstrip("/") if settings.pulsar_url else f"{namespace}-topics",
        _without_secrets(settings.redis_address or "") or f"{namespace}-redis",
        settings.redis_prefix,
    )


def _without_secrets(address: str) -> str:
    """Returns scheme, host, port and database of an address; empty if any is ambiguous.

    A password that was not percent-encoded can look like a host, so an ambiguous address is dropped.

    >>> _without_secrets("rediss://me:s3cret@redis:6380/2?password=s3cret"), _without_secrets("redis://:s3?cret@redis")
    ('rediss://redis:6380/2', '')
    """
    match = _ADDRESS.fullmatch(address)
    return f"{match['scheme']}{match['host']}{match['path']}" if match else ""
