"""Provides the fixture `guarded`: one broker that requires TLS, a token and permissions, for all tests of a folder."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.pulsar import PulsarAdmin, PulsarConnection
from tests.support.broker.broker import Broker, BrokerUnavailable
from tests.support.certificates import self_signed
from tests.support.services.ports import free_port

SECRET = b"0123456789abcdef0123456789abcdef"
CONF = """
authenticationEnabled=true
authenticationProviders=org.apache.pulsar.broker.authentication.AuthenticationProviderToken
tokenSecretKey=data:;base64,{secret}
authorizationEnabled=true
superUserRoles=admin
brokerClientAuthenticationPlugin=org.apache.pulsar.client.impl.auth.AuthenticationToken
brokerClientAuthenticationParameters=token:{token}
brokerServicePortTls={port}
webServicePortTls={web}
tlsCertificateFilePath={folder}/cert.pem
tlsKeyFilePath={folder}/key.pem
brokerClientTrustCertsFilePath={folder}/cert.pem
"""


@dataclass(frozen=True)
class Guarded:
    """A broker; role `admin` may do everything, every other role only what it is granted."""

    url: str
    admin_url: str
    certificate: str
    token_file: Path

    def connection(self) -> PulsarConnection:
        """Returns a connection as `admin`."""
        return PulsarConnection(self.url, self.admin_url, token_file=str(self.token_file), tls_ca=self.certificate)

    def namespace(self) -> str:
        """Creates a separate namespace in tenant `public`, on which no role has a permission."""
        name = f"public/guarded-{time.time_ns()}"
        PulsarAdmin(self.connection()).send("PUT", f"namespaces/{name}", None)
        return name

    def grant(self, namespace: str, role: str, *actions: str) -> None:
        """Grants a role `produce` and `consume` in a namespace as given, and revokes its earlier permissions there."""
        PulsarAdmin(self.connection()).send("POST", f"namespaces/{namespace}/permissions/{role}", list(actions))


def token(subject: str, secret: bytes = SECRET, **claims: int) -> str:
    """Returns a signed token of a role; `exp` (s) sets when it expires."""
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, {"sub": subject, **claims}))
    return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


@pytest.fixture(scope="package")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Starts the broker; its token file is that of `admin`, even after a test that changed it and put it back."""
    folder = tmp_path_factory.mktemp("guarded")
    certificate = self_signed(folder)
    port, web = free_port(), free_port()
    secret = base64.b64encode(SECRET).decode()
    extra = CONF.format(secret=secret, token=token("admin"), port=port, web=web, folder=folder)
    broker = Broker(folder / "broker", extra, token("admin"))
    try:
        broker.start()
    except BrokerUnavailable as error:
        pytest.fail(str(error), pytrace=False)
    held = folder / "token"
    held.write_text(token("admin"))
    urls = f"pulsar+ssl://127.0.0.1:{port}", f"https://127.0.0.1:{web}"
    yield Guarded(*urls, str(certificate), held)
    broker.stop()
