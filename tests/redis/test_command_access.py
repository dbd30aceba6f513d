"""Tests a command's message if Redis refuses it: the remedy, the setting, exit code 3; no traceback and no password."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.support.paths import ROOT
from tests.support.programs.command_line import headrace
from tests.support.services.redis_server import RedisServer

PASSWORD = "canary-4711"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), password=PASSWORD).start()
    with redis.Redis.from_url(server.url) as client:
        client.execute_command("ACL", "SETUSER", "weak", "on", f">{PASSWORD}", "~*", "+ping", "+client")
    yield server
    server.kill()


@pytest.mark.parametrize("command", [("get", "user", "u1"), ("report",)])
@pytest.mark.parametrize(
    ("user", "words"),
    [
        (f":wrong-{PASSWORD}@", "rejects the user or password: correct HEADRACE_REDIS_URL"),
        ("", "requires a password: add it to HEADRACE_REDIS_URL"),
        (f"weak:{PASSWORD}@", "denies this user the permission"),
    ],
)
def test_a_refusal_says_what_to_do(
    server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: tuple[str, ...],
    user: str,
    words: str,
) -> None:
    monkeypatch.setenv("HEADRACE_SPECS", str(ROOT / "feature_specs"))
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path))
    monkeypatch.setenv("HEADRACE_REDIS_URL", f"redis://{user}{server.url.partition('@')[2]}")
    refused = headrace(*command)
    assert refused.exit_code == 3
    assert f"Redis {words}" in " ".join(refused.output.split())
    assert "canary" not in refused.output
    assert "Traceback" not in refused.output


def test_a_server_that_is_away_is_named_with_the_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEADRACE_SPECS", str(ROOT / "feature_specs"))
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path))
    monkeypatch.setenv("HEADRACE_REDIS_URL", "redis://127.0.0.1:1/0")
    refused = headrace("get", "user", "u1")
    assert refused.exit_code == 3
    assert "127.0.0.1:1. Connection refused; hint: check HEADRACE_REDIS_URL" in " ".join(refused.output.split())
