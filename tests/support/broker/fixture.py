"""Provides the fixture `pulsar`: the connection to one real broker, for the whole session."""

import os
from collections.abc import Iterator

import pytest

from connectors.pulsar import PulsarConnection
from tests.support.broker.broker import Broker, BrokerUnavailable


@pytest.fixture(scope="session")
def pulsar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PulsarConnection]:
    """Connects to a broker of our own, or to the one that HEADRACE_TEST_PULSAR_URL names."""
    url = os.environ.get("HEADRACE_TEST_PULSAR_URL")
    if url is not None:
        admin_url = os.environ.get("HEADRACE_TEST_PULSAR_ADMIN_URL", "http://localhost:8080")
        yield PulsarConnection(url, admin_url)
        return
    broker = Broker(tmp_path_factory.mktemp("pulsar"))
    try:
        broker.start()
    except BrokerUnavailable as error:
        pytest.fail(str(error), pytrace=False)
    yield PulsarConnection(broker.url, broker.admin_url)
    broker.stop()
