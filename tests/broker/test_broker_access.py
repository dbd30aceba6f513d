"""A broker that wants TLS and a token."""

import base64
import hashlib
import hmac
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from connectors.pulsar import (
    AccessDenied,
    PulsarAdmin,
    PulsarConnection,
    PulsarSource,
    TopicSchema,
    publish,
    writable_schema,
)
from governance.registry import PulsarRegistry
from tests.support.broker.broker import Broker, BrokerUnavailable
from tests.support.broker.readers import everything
from tests.support.broker.topics import fresh_topic, numbers
from tests.support.services.ports import free_port

SECRET = b"0123456789abcdef0123456789abcdef"
CONF = """
authenticationEnabled=true
authenticationProviders=org.apache.pulsar.broker.authentication.AuthenticationProviderToken
tokenSecretKey=data:;base64,{secret}
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
    url: str
    admin_url: str
    certificate: str
    token_file: Path

    def connection(self) -> PulsarConnection:
        return PulsarConnection(self.url, self.admin_url, token_file=str(self.token_file), tls_ca=self.certificate)


def token(subject: str, secret: bytes = SECRET) -> str:
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, {"sub": subject}))
    return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def self_signed(folder: Path, names: str) -> None:
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=broker -keyout key.pem -out cert.pem"
    alternative = ["-addext", f"subjectAltName={names}"]
    subprocess.run([*command.split(), *alternative], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    self_signed(folder, "IP:127.0.0.1")
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
    yield Guarded(*urls, str(folder / "cert.pem"), held)
    broker.stop()


def test_tls_and_token_reach_everything(guarded: Guarded) -> None:
    topic = fresh_topic("guarded")
    connection = guarded.connection()
    assert PulsarAdmin(connection).ensure_topic(topic, 1) == 1
    publish(connection, topic, ["k"] * 10, numbers(10))
    read = everything(PulsarSource(topic, connection, bounded=True))
    assert list(read.values()) == [numbers(10)]


def test_a_wrong_token_is_refused_in_one_line(guarded: Guarded) -> None:
    connection = replace(guarded.connection(), token_file=None, token=token("admin", b"x" * 32))
    with pytest.raises(AccessDenied, match="check token") as caught:
        PulsarSource(fresh_topic("refused"), connection).list_parts()
    assert str(connection.token) not in str(caught.value)
    with pytest.raises(AccessDenied, match="401"):
        PulsarAdmin(connection).partitions(fresh_topic("refused"))


def test_the_registry_needs_the_right_token(guarded: Guarded) -> None:
    registry = PulsarRegistry(guarded.connection(), "persistent://public/guarded/registry")
    with registry.hold(lambda _: None):
        assert registry.read().revision == 0
    wrong = replace(guarded.connection(), token_file=None, token=token("admin", b"x" * 32))
    with pytest.raises(AccessDenied, match=r"401.*check token and permissions"):
        PulsarRegistry(wrong, "persistent://public/guarded/registry").read()


def test_a_rotated_token_is_read_again(guarded: Guarded) -> None:
    admin = PulsarAdmin(guarded.connection())
    guarded.token_file.write_text(token("admin", b"x" * 32))
    with pytest.raises(AccessDenied):
        admin.partitions(fresh_topic("rotated"))
    guarded.token_file.write_text(token("admin"))
    assert admin.partitions(fresh_topic("rotated")) is None


def test_a_schema_is_not_checked_with_a_wrong_token(guarded: Guarded) -> None:
    wrong = replace(guarded.connection(), token_file=None, token=token("admin", b"another secret" * 3))
    schema = TopicSchema("row", {"type": "record", "fields": []}, {})
    with pytest.raises(AccessDenied, match="401") as denied:
        writable_schema(wrong, fresh_topic("checked"), schema, "enforce")
    assert token("admin", b"another secret" * 3) not in str(denied.value)
