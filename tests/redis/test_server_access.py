"""Tests connecting to the online store: addresses, passwords that never show, TLS."""

import logging
from pathlib import Path

import pytest

from connectors.redis.client import RedisUrlError, connect
from connectors.redis.endpoints.loss_detector import StoreLossDetector
from connectors.redis.endpoints.sink import RedisSink
from connectors.redis.refusals import RedisRefused
from tests.support.certificates import self_signed
from tests.support.services.redis_rows import many, never, read_entity, sink, write
from tests.support.services.redis_server import RedisServer
from tests.support.waiting import when


def test_a_password_works_and_is_told_to_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = RedisServer(tmp_path / "redis", password="canary-4711").start()
    opened = RedisSink(server.url, tmp_path, 1, lambda writes: None, never)
    partition = opened.build_part("out", "0", None)
    write(partition, many("k", 1, 1))
    server.kill()
    restart = when(lambda: "lost" in caplog.text, server.start)
    write(partition, many("k", 1, 2))
    restart.join(60)
    watch = StoreLossDetector(server.url, tmp_path, "k", checkpointed=True, stopping=never, clock=lambda: 0)
    client = connect(server.url, tmp_path)
    wrong = sink(server.url.replace("canary", "wrong-canary"))
    with pytest.raises(RedisRefused, match=r"rejects the user or password: correct HEADRACE_REDIS_URL") as refused:
        write(wrong, many("k", 1, 3))
    server.kill()
    texts = [repr(holder) for holder in (opened, partition, watch, client, refused.value)] + [caplog.text]
    assert "canary" not in " ".join(texts)
    assert "lost" in caplog.text


@pytest.mark.parametrize("url", ["redis://:canary/x@h:1/0", "canary", "http://canary@h", "redis://u:canary@h:port/0"])
def test_a_wrong_url_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(RedisUrlError, match="percent-encode") as refused:
        connect(url, tmp_path)
    assert "canary" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_tls_is_spoken(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path), tmp_path / "key.pem"
    tls = f"--tls-cert-file {certificate} --tls-key-file {key} --tls-ca-cert-file {certificate} --tls-auth-clients no"
    other = RedisServer(tmp_path / "unused")
    server = RedisServer(tmp_path / "redis", *tls.split(), "--tls-port", str(other.port)).start()
    try:
        write(sink(f"rediss://127.0.0.1:{other.port}/0?ssl_ca_certs={certificate}"), many("k", 500, 1))
        assert read_entity(server.client(), "k", "user", "u499")["a"] == "1.499"
    finally:
        server.kill()
