"""Tests sending lineage to a real HTTP server that accepts, refuses, waits, redirects or is unreachable."""

import json
import socket
import threading
import time
from base64 import b64encode
from pathlib import Path

import pytest

from dataflows.definitions import load
from dataflows.runtime.settings import Settings
from governance.publishing.exports.openlineage import EventNotAccepted, Receiver, receiver, tell_registered
from tests.support.factories.definitions import by_hand
from tests.support.oracle.exported_documents import of_openlineage
from tests.support.paths import ROOT
from tests.support.services.outside.webhook import hooked
from tests.support.services.ports import free_port

COUNT = {"source": "orders", "aggregation": "count", "value_type": "INT64", "window": "1h"}
NOON = 1_767_268_800_123


def test_a_registration_is_told(tmp_path: Path) -> None:
    made = by_hand(tmp_path, f=COUNT)
    with hooked() as hook:
        settings = Settings.model_validate(
            {"openlineage_url": f"http://127.0.0.1:{hook.port}", "openlineage_token": "s3cret"}
        )
        assert tell_registered(made, settings, NOON) == ""
    (event,) = hook.received
    assert of_openlineage(event) == []
    assert hook.headers[0]["Authorization"] == "Bearer s3cret"


def test_without_an_address_nothing_is_told(tmp_path: Path) -> None:
    assert tell_registered(by_hand(tmp_path, f=COUNT), Settings(), NOON) == ""


@pytest.mark.parametrize("status", [302, 307, 400, 401, 500])
def test_a_refusal_is_one_sentence_without_the_address(status: int) -> None:
    with hooked() as hook, hooked() as elsewhere:
        hook.script = [(status, {"Location": f"{elsewhere.url}/elsewhere"})]
        settings = Settings.model_validate({"openlineage_url": f"http://u:s3cret@127.0.0.1:{hook.port}/x?key=s3cret"})
        message = tell_registered(load(ROOT / "feature_specs"), settings, NOON)
        assert hook.tried == 1 and elsewhere.tried == 0 and elsewhere.received == []
    assert message == f"the lineage was not sent: 127.0.0.1 answers with status {status}"


def test_a_receiver_that_is_away_or_slow_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EventNotAccepted, match=r"^localhost does not answer \(Connection refused\)$"):
        Receiver(f"http://localhost:{free_port()}/s3cret").send({})
    monkeypatch.setattr(receiver, "TIMEOUT_S", 0.2)
    with hooked() as hook:
        hook.slow_s = 1.0
        with pytest.raises(EventNotAccepted, match=r"^127.0.0.1 does not answer \(no answer within"):
            Receiver(f"http://127.0.0.1:{hook.port}/s3cret").send({})


def test_a_receiver_that_answers_byte_by_byte_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte arrives in time, but the answer never ends."""
    monkeypatch.setattr(receiver, "LONGEST_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                while not over.wait(0.05):
                    connection.sendall(b"H")

        thread = threading.Thread(target=drip)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(EventNotAccepted, match="no answer within"):
            Receiver(f"http://127.0.0.1:{server.getsockname()[1]}").send({})
        assert time.monotonic() - begun < 60
        over.set()
        thread.join(60)


@pytest.mark.parametrize(
    "address", ["http://[::1/s3cret", "http://host:s3cret/", "http://s3cret host/", "http://127.0.0.1:1/s3 cret\n"]
)
def test_an_address_that_is_none_is_one_sentence_too(address: str) -> None:
    with pytest.raises(EventNotAccepted) as error:
        Receiver(address).send({})
    assert "s3" not in str(error.value)


def test_the_user_of_an_address_becomes_a_header_and_the_path_is_that_of_receivers() -> None:
    with hooked() as hook:
        Receiver(f"http://me:p%40ss@127.0.0.1:{hook.port}").send({"a": 1})
    assert hook.received == [{"a": 1}]
    assert hook.headers[0]["Authorization"] == f"Basic {b64encode(b'me:p@ss').decode()}"


def test_a_receiver_shows_no_secret() -> None:
    assert "s3cret" not in repr(Receiver("http://s3cret", "s3cret")) + json.dumps(repr(Receiver("x", "s3cret")))
