"""Tests connecting to a cluster: settings, secrets, names."""

from pathlib import Path
from typing import Any

import pytest

from connectors.pulsar import (
    InvalidConnection,
    InvalidTopic,
    PulsarConnection,
    TopicName,
)
from connectors.pulsar.client import client_arguments


def test_secrets_stay_out_of_sight(tmp_path: Path) -> None:
    held = tmp_path / "token"
    held.write_text("first-s3cret\n")
    connection = PulsarConnection(token="s3cret", token_file=str(held), admin_token="s3cret")
    assert "s3cret" not in repr(connection)
    assert connection.read_token() == "first-s3cret"
    held.write_text("second-s3cret\n")
    assert connection.read_token() == "second-s3cret"


def test_the_client_is_told_of_tls_and_token() -> None:
    connection = PulsarConnection(
        "pulsar+ssl://h:6651", "https://h:8443", token="t", tls_ca="ca", tls_cert="c", tls_key="k"
    )
    arguments = client_arguments(connection)
    assert arguments["tls_trust_certs_file_path"] == "ca"
    assert (arguments["tls_certificate_file_path"], arguments["tls_private_key_file_path"]) == ("c", "k")
    assert arguments["tls_validate_hostname"] is True
    assert type(arguments["authentication"]).__name__ == "AuthenticationToken"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"url": "http://h"}, "url is 'http://h': expected pulsar://"),
        ({"admin_url": "h:8080"}, "admin_url is 'h:8080': expected http://"),
        ({"tls_cert": "c"}, "belong together"),
    ],
)
def test_a_connection_that_cannot_be_used_says_why(arguments: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidConnection, match=expected):
        PulsarConnection(**arguments)


def test_only_persistent_topics_are_taken() -> None:
    with pytest.raises(InvalidTopic, match="expected persistent://tenant/namespace/name"):
        TopicName.parse("non-persistent://a/b/c")
    assert TopicName.parse("orders").path == "public/default/orders"
