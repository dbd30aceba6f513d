"""Tests settings: their sources, all mistakes at once, and no secret anywhere."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from dataflows.runtime.settings import Settings, SettingsError, variable
from dataflows.runtime.settings_loader import READ_EARLIER, load_settings

CANARY = "s3cret-canary"
DEFAULTS = Settings.model_construct()


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Removes the environment's variables, and enters a working directory without a file."""
    for name in [variable(field) for field in Settings.model_fields] + list(READ_EARLIER):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def lines(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    """Returns the messages about some variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    return str(raised.value).splitlines()


def test_without_any_everything_is_embedded() -> None:
    settings = load_settings()
    assert (settings.pulsar_url, settings.redis_url) == (None, None)
    assert (settings.specs, settings.var, settings.redis_prefix) == (
        Path("feature_specs"),
        Path("var"),
        "headrace",
    )
    assert settings.dead_letter_topic == "persistent://public/default/headrace-dead-letters"


@pytest.mark.parametrize("name", ["shards", "redis_url"])
def test_settings_are_frozen(name: str) -> None:
    with pytest.raises(ValidationError):
        setattr(load_settings(), name, 3)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "headrace.env").write_text("HEADRACE_SHARDS=4\nHEADRACE_START=latest\n# a comment\n")
    monkeypatch.setenv("HEADRACE_SHARDS", "8")
    settings = load_settings()
    assert (settings.shards, settings.start) == (8, "latest")


def test_another_file_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "headrace.env").write_text("HEADRACE_SHARDS=4\n")
    (tmp_path / "other.env").write_text("HEADRACE_BATCH_ROWS=5\n")
    monkeypatch.setenv("HEADRACE_ENV_FILE", str(tmp_path / "other.env"))
    settings = load_settings()
    assert (settings.shards, settings.batch_rows) == (DEFAULTS.shards, 5)


def test_a_named_file_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(monkeypatch, HEADRACE_ENV_FILE="/no/such.env") == [
        "HEADRACE_ENV_FILE: /no/such.env; expected a file that exists"
    ]


MISTAKEN = {
    "HEADRACE_SHARDS": "0",
    "HEADRACE_BATCH_ROWS": "many",
    "HEADRACE_START": "now",
    "HEADRACE_PULSAR_URL": "broker:6650",
    "HEADRACE_PULSAR_TLS_VALIDATE_HOSTNAME": "perhaps",
    "HEADRACE_PULSAR_TLS_CA": "/no/such.pem",
    "HEADRACE_REDIS_URL": f"http://:{CANARY}@redis",
    "HEADRACE_ALERT_WEBHOOK": f"hooks.example.com/{CANARY}",
    "HEADRACE_REDIS_PREFIX": "a b",
    "HEADRACE_DEAD_LETTER_TOPIC": "letters",
}


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(lines(monkeypatch, **MISTAKEN)) == [
        "HEADRACE_ALERT_WEBHOOK: (value not shown); expected an address that starts with http:// or https://",
        "HEADRACE_BATCH_ROWS: many; expected a whole number",
        "HEADRACE_DEAD_LETTER_TOPIC: letters; expected a full topic name such as "
        "persistent://public/default/dead-letters",
        "HEADRACE_PULSAR_TLS_CA: /no/such.pem; expected a file that exists",
        "HEADRACE_PULSAR_TLS_VALIDATE_HOSTNAME: perhaps; expected true or false",
        "HEADRACE_PULSAR_URL: broker:6650; expected pulsar://host:port or pulsar+ssl://host:port",
        "HEADRACE_REDIS_PREFIX: a b; expected letters, digits, '_', '-' and '.'",
        "HEADRACE_REDIS_URL: (value not shown); expected an address that starts with redis://, rediss:// or unix://",
        "HEADRACE_SHARDS: 0; expected at least 1",
        "HEADRACE_START: now; expected earliest or latest",
    ]
