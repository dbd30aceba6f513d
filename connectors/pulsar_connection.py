"""The address and credentials of a Pulsar cluster. Secrets never show in a repr."""

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from connectors.errors import ExitCode, HeadraceError


class InvalidConnection(HeadraceError, ValueError):
    """A setting of the connection is invalid; the text names it and the expected value."""

    exit_code = ExitCode.WRONG


@dataclass(frozen=True)
class PulsarConnection:
    """One Pulsar cluster: its addresses and our credentials.

    `token_file` is read again whenever a token is needed, so a rotated token takes effect. The admin REST interface
    uses the same token and CA unless it has its own. `pulsar+ssl://` and `https://` enable TLS. `client_log` is a file
    for the warnings of the client library.

    >>> PulsarConnection("pulsar://broker:6650", "http://broker:8080", token="s3cret")
    PulsarConnection(url='pulsar://broker:6650', admin_url='http://broker:8080')
    """

    url: str = "pulsar://localhost:6650"
    admin_url: str = "http://localhost:8080"
    token: str | None = field(default=None, repr=False)
    token_file: str | None = field(default=None, repr=False)
    tls_ca: str | None = field(default=None, repr=False)
    tls_cert: str | None = field(default=None, repr=False)
    tls_key: str | None = field(default=None, repr=False)
    tls_validate_hostname: bool = field(default=True, repr=False)
    admin_token: str | None = field(default=None, repr=False)
    admin_tls_ca: str | None = field(default=None, repr=False)
    client_log: str = field(default=os.devnull, repr=False)

    def __post_init__(self) -> None:
        _expect_scheme("url", self.url, ("pulsar://", "pulsar+ssl://"))
        _expect_scheme("admin_url", self.admin_url, ("http://", "https://"))
        if (self.tls_cert is None) != (self.tls_key is None):
            raise InvalidConnection("tls_cert and tls_key need each other: set both or neither")

    @property
    def has_token(self) -> bool:
        """Returns whether a token is configured."""
        return self.token is not None or self.token_file is not None

    def read_token(self) -> str:
        """Returns the current token; token_file takes precedence over token, because it can be rotated."""
        if self.token_file is None:
            return self.token or ""
        try:
            return Path(self.token_file).read_text().strip()
        except OSError as error:
            raise InvalidConnection(f"token_file {self.token_file}: {error.strerror}") from error

    def read_admin_token(self) -> str | None:
        """Reads the token of the admin interface; None without one. Raises InvalidConnection."""
        if self.admin_token is not None:
            return self.admin_token
        return self.read_token() if self.has_token else None

    def admin_tls(self) -> ssl.SSLContext | None:
        """Returns the TLS context of the admin REST interface; None for plain http."""
        if not self.admin_url.startswith("https://"):
            return None
        try:
            return self._tls_context()
        except (OSError, ssl.SSLError) as error:
            raise InvalidConnection(f"TLS files of the admin interface: {error}") from error

    def _tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.admin_tls_ca or self.tls_ca)
        context.check_hostname = self.tls_validate_hostname
        if self.tls_cert is not None:
            context.load_cert_chain(self.tls_cert, self.tls_key)
        return context


def _expect_scheme(name: str, value: str, schemes: tuple[str, ...]) -> None:
    if not value.startswith(schemes):
        raise InvalidConnection(f"{name} is {value!r}: expected {' or '.join(schemes)}host:port")
