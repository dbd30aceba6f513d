"""Tests settings: their sources, all mistakes at once, and no secret anywhere."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from dataflows.runtime.settings import Settings, SettingsError, admin_url_of, variable
from dataflows.runtime.settings_example import example
from dataflows.runtime.settings_loader import READ_EARLIER, load_settings
from tests.support.paths import ROOT

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


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = lines(
        monkeypatch,
        HEADRACE_SHARDS="0",
        HEADRACE_BATCH_ROWS="many",
        HEADRACE_START="now",
        HEADRACE_PULSAR_URL="broker:6650",
        HEADRACE_PULSAR_TLS_VALIDATE_HOSTNAME="perhaps",
        HEADRACE_PULSAR_TLS_CA="/no/such.pem",
        HEADRACE_REDIS_URL=f"http://:{CANARY}@redis",
        HEADRACE_ALERT_WEBHOOK=f"hooks.example.com/{CANARY}",
        HEADRACE_REDIS_PREFIX="a b",
        HEADRACE_DEAD_LETTER_TOPIC="letters",
    )
    assert sorted(said) == [
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


def test_a_certificate_needs_its_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("")
    (said,) = lines(monkeypatch, HEADRACE_PULSAR_TLS_CERT=str(tmp_path / "cert.pem"))
    assert "HEADRACE_PULSAR_TLS_KEY" in said


def test_a_slip_of_the_pen_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(monkeypatch, HEADRACE_REDIS_ULR="redis://x") == [
        "HEADRACE_REDIS_ULR: unknown setting; did you mean HEADRACE_REDIS_URL?"
    ]


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_TEST_PULSAR_URL", "x")
    monkeypatch.setenv("HEADRACE_POLARS_THREADS", "2")
    monkeypatch.setenv("HEADRACE_SOMETHING_ELSE", "x")
    assert load_settings().shards == DEFAULTS.shards


def test_in_the_file_every_unknown_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "headrace.env").write_text("HEADRACE_SHADRS=4\nPATH=/x\n")
    with pytest.raises(SettingsError, match=r"SHADRS: unknown setting; did you mean HEADRACE_SHARDS(?s:.*)PATH"):
        load_settings()


@pytest.mark.parametrize("name", ["HEADRACE_PULSAR_TOKEN", "HEADRACE_REDIS_URL"])
def test_secrets_show_nowhere(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("HEADRACE_PULSAR_URL", "pulsar://broker:6650")
    monkeypatch.setenv(name, f"redis://:{CANARY}@redis:6379/0")
    settings = load_settings()
    for text in (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        repr(settings.pulsar_connection()),
    ):
        assert CANARY not in text
    monkeypatch.setenv("HEADRACE_PULSAR_ADMIN_URL", f"ftp://user:{CANARY}@broker")
    assert CANARY not in "".join(lines(monkeypatch, HEADRACE_SHARDS="x"))


def test_the_chain_of_an_error_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_REDIS_URL", f"http://:{CANARY}@redis")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert raised.value.__cause__ is None
    assert CANARY not in repr(raised.value.__context__)


def test_how_pulsar_is_reached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    monkeypatch.setenv("HEADRACE_PULSAR_URL", "pulsar+ssl://broker:6651")
    monkeypatch.setenv("HEADRACE_PULSAR_TOKEN_FILE", str(tmp_path / "token"))
    connection = load_settings().pulsar_connection()
    assert (connection.url, connection.admin_url) == ("pulsar+ssl://broker:6651", "https://broker:8443")
    assert connection.read_token() == "t"


def test_without_an_address_pulsar_is_not_reached() -> None:
    with pytest.raises(SettingsError, match="HEADRACE_PULSAR_URL"):
        load_settings().pulsar_connection()


@pytest.mark.parametrize(
    ("url", "admin"),
    [
        ("pulsar://a:6650,b:6650", "http://a:8080"),
        ("pulsar://a", "http://a:8080"),
        ("pulsar+ssl://[::1]:6651", "https://[::1]:8443"),
    ],
)
def test_the_admin_address_follows_the_broker(url: str, admin: str) -> None:
    assert admin_url_of(url) == admin


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_PULSAR_URL", "")
    monkeypatch.setenv("HEADRACE_SHARDS", "")
    assert (load_settings().pulsar_url, load_settings().shards) == (None, DEFAULTS.shards)


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_example_is_current_and_holds_the_defaults(tmp_path: Path) -> None:
    text = (ROOT / "headrace.env.example").read_text()
    assert text == example(), "run python -m dataflows.runtime.settings_example"
    (tmp_path / "headrace.env").write_text(re.sub(r"^#(?=HEADRACE_)", "", text, flags=re.MULTILINE))
    assert load_settings() == DEFAULTS
