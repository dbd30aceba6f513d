"""Defines the formats of addresses and names, and derives one address from another."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from dataflows.expectations import expected

ADMIN_PORTS = {"pulsar": ("http", 8080), "pulsar+ssl": ("https", 8443)}
PULSAR_URL = r"^pulsar(\+ssl)?://[^/\s@]+/?$"
HTTP_URL = r"^https?://[^/\s@]+(/\S*)?$"
TOPIC = r"^persistent://[^/\s]+/[^/\s]+/[^/\s]+$"
HOSTS = r"^[A-Za-z0-9_.:,\[\]-]*$"
HOST = r"^[A-Za-z0-9_.-]+$"
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
WEBHOOK_SCHEMES = ("http://", "https://")


def web_address(url: SecretStr | None) -> SecretStr | None:
    """Checks an address whose text is secret."""
    if url and not url.get_secret_value().startswith(WEBHOOK_SCHEMES):
        raise expected("an address that starts with http:// or https://")
    return url


def admin_url_of(pulsar_url: str) -> str:
    """Derives the admin address from the address of a broker.

    >>> admin_url_of("pulsar+ssl://broker-1:6651")
    'https://broker-1:8443'
    """
    parts = urlsplit(pulsar_url.split(",", maxsplit=1)[0])
    scheme, port = ADMIN_PORTS[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{scheme}://{host}:{port}"
