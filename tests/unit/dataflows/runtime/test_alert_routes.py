"""Tests the file of alert routes: its content, and every mistake at once, without a secret."""

from pathlib import Path

import pytest

from dataflows.definitions import DefinitionErrors, Definitions, load
from dataflows.runtime.alert_routes import AlertRoutes, MailTarget, PagerDutyTarget, PostTarget, load_routes
from tests.support.paths import ROOT

WHOLE = """
targets:
  risk-slack:
    format: slack
    url: https://hooks.slack.com/services/${RISK_SLACK}
  oncall:
    format: pagerduty
    key: ${ONCALL_KEY}
  team-mail:
    format: mail
    url: smtps://headrace:${SMTP_PASSWORD}@mail.example.com
    from: headrace@example.com
    to: [risk-team@example.com]
  archive: {format: generic, url: "http://archive:9000/alerts"}
routes:
  - {owner: risk-team@example.com, to: [risk-slack, oncall]}
  - {source: orders, to: [archive]}
otherwise: [team-mail]
"""


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return load(ROOT / "feature_specs")


def routes_of(text: str, tmp_path: Path, definitions: Definitions) -> AlertRoutes:
    (tmp_path / "routes.yaml").write_text(text)
    return load_routes(tmp_path / "routes.yaml", definitions)


def mistakes_in(text: str, tmp_path: Path, definitions: Definitions) -> list[str]:
    with pytest.raises(DefinitionErrors) as wrong:
        routes_of(text, tmp_path, definitions)
    return [str(error).removeprefix(f"{tmp_path}/") for error in wrong.value.errors]


def test_secrets_come_from_the_environment(
    tmp_path: Path, definitions: Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("RISK_SLACK", "T0/B0/s3"), ("ONCALL_KEY", "k3y"), ("SMTP_PASSWORD", "p@ss:w/rd")):
        monkeypatch.setenv(name, value)
    targets = routes_of(WHOLE, tmp_path, definitions).targets
    slack, oncall, mail = targets["risk-slack"], targets["oncall"], targets["team-mail"]
    assert isinstance(slack, PostTarget)
    assert slack.url == "https://hooks.slack.com/services/T0/B0/s3"
    assert isinstance(oncall, PagerDutyTarget)
    assert (oncall.key, oncall.url) == ("k3y", "https://events.pagerduty.com/v2/enqueue")
    assert isinstance(mail, MailTarget)
    assert mail.url == "smtps://headrace:p%40ss%3Aw%2Frd@mail.example.com"


WRONG = """
targets:
  slack: {format: slack, url: "https://hooks.slack.com/s3cret"}
  unset: {format: teams, url: "${NO_SUCH_VARIABLE}"}
  oncall: {format: pagerduty, key: s3cret}
  misspelt: {format: pagerdut, key: s3cret}
  mail: {format: mail, url: "imap://me:s3cret@x", from: headrace, to: [], password: s3cret}
  generic: {format: generic, urll: "http://s3cret"}
  plain: {format: generic, url: "http://me:s3cret@host"}
  Upper: {format: generic, url: "http://x"}
routes:
  - {owner: risk-team@exmple.com, to: [slack]}
  - {tag: no-such-tag, to: [slak]}
  - {source: order, to: [slack]}
otherwise: [nobody]
password: s3cret
"""
WRONG_PLACES = [
    "targets.slack.url",
    "targets.unset.url",
    "targets.oncall.key",
    "targets.misspelt",
    "targets.mail.from: headrace",
    "targets.mail.password",
    "targets.mail.to: []",
    "targets.mail.url",
    "targets.generic.url",
    "targets.generic.urll",
    "targets.plain.url",
    "targets.Upper",
    "routes[0].owner: risk-team@exmple.com",
    "routes[1].tag: no-such-tag",
    "routes[1].to[0]: slak",
    "routes[2].source: order",
    "otherwise[0]: nobody",
    "password",
]


def test_all_mistakes_are_told_at_once_and_none_shows_a_secret(tmp_path: Path, definitions: Definitions) -> None:
    mistakes = mistakes_in(WRONG, tmp_path, definitions)
    fields = [line.partition("; ")[0] for line in mistakes]
    assert [field.partition("  ")[2] for field in fields] == WRONG_PLACES
    assert [line.partition(":")[2].partition(" ")[0] for line in mistakes[:3]] == ["3", "4", "5"]
    text = "\n".join(mistakes)
    assert "s3cret" not in text
    assert "NO_SUCH_VARIABLE is not" in text
    assert "did you mean pagerduty?" in text
    assert "did you mean slack?" in text
    assert "did you mean orders?" in text


@pytest.mark.parametrize(
    "text",
    ["", "[]", "targets: {}", "targets: 3", "routes: []", "targets: {a: 1}", "targets: {a: {url: x}}", "a: ${B}: c"],
)
def test_what_is_no_file_of_routes_is_a_mistake_too(text: str, tmp_path: Path, definitions: Definitions) -> None:
    assert mistakes_in(text, tmp_path, definitions)


def test_a_file_that_is_not_there_is_said(tmp_path: Path, definitions: Definitions) -> None:
    with pytest.raises(DefinitionErrors, match="expected a readable file"):
        load_routes(tmp_path / "none.yaml", definitions)


@pytest.mark.parametrize(
    "url", ["http://${A", "http://${A-B}/x", "http://$${A:-x}/", "http://x:99999", "http:///x", "x"]
)
def test_half_written_variables_and_addresses_are_mistakes(url: str, tmp_path: Path, definitions: Definitions) -> None:
    text = f'targets: {{a: {{format: generic, url: "{url}"}}}}\nrroutes: []'
    assert any("targets.a.url" in line for line in mistakes_in(text, tmp_path, definitions))
