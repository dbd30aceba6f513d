"""Tests `headrace export` and `headrace docs`: files, messages and exit codes."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.support.oracle.exported_documents import of_asyncapi, of_openlineage
from tests.support.programs.command_line import SPENT, headrace
from tests.support.programs.git_checkout import git_begun
from tests.support.services.ports import free_port


@pytest.mark.parametrize("command", [["docs"], ["export", "feast"], ["export", "asyncapi"], ["export", "openlineage"]])
def test_every_command_teaches(command: list[str]) -> None:
    helped = headrace(*command, "--help")
    assert helped.exit_code == 0
    for word in ("Examples:", f"headrace {' '.join(command)}", "Exit code:"):
        assert word in helped.output


def test_asyncapi_goes_to_standard_output_or_to_a_file_of_its_ending(specs: Path, tmp_path: Path) -> None:
    printed = headrace("export", "asyncapi")
    assert printed.exit_code == 0 and of_asyncapi(json.loads(printed.output)) == []
    assert headrace("export", "asyncapi", "--out", str(tmp_path / "a.yaml")).exit_code == 0
    assert yaml.safe_load((tmp_path / "a.yaml").read_text()) == json.loads(printed.output)
    assert yaml.safe_load(headrace("export", "asyncapi", "--format", "yaml").output) == json.loads(printed.output)


def history_of(site: Path, name: str) -> list[list[str]]:
    """Returns the cells of the history on the page of a feature."""
    page = (site / "features" / f"{name}.html").read_text()
    section = re.search('<section id="changes".*?</tbody>', page, re.DOTALL)
    rows = section[0].split("<tr><td>")[1:] if section else []
    return [[re.sub("<.*?>", "", cell).strip() for cell in row.split("</td><td>")] for row in rows]


RECORDED = [
    ("changed, version 2: half of it &lt;is&gt; enough", "registry, revision 2"),
    ("added, version 1", "registry, revision 1"),
]


def recorded(site: Path) -> list[tuple[str, str]]:
    return [(subject, where) for _, _, subject, _, where in history_of(site, "user_spent_1d")]


@pytest.fixture
def registered(specs: Path) -> Path:
    """Registers two versions of the feature; returns the folder of its definitions, a checkout."""
    git_begun(specs, "begun")
    assert headrace("register").exit_code == 0
    file = specs / "user" / "user_spent_1d.yaml"
    text = file.read_text().replace("version: 1", "version: 2")
    file.write_text(text.replace("value: amount", "value: amount * 0.5"))
    assert headrace("register", "--reason", "half of it <is> enough").exit_code == 0
    return specs


def test_without_a_registry_the_history_is_that_of_git(specs: Path, tmp_path: Path) -> None:
    git_begun(specs, "begun")
    assert headrace("docs", "--out", str(tmp_path / "site")).exit_code == 0
    ((_, author, subject, _, where),) = history_of(tmp_path / "site", "user_spent_1d")
    assert (author, subject, where) == ("Ann", "begun", "git")


@pytest.mark.usefixtures("registered")
def test_the_history_is_that_of_the_registry(tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert headrace("docs", "--out", str(site)).exit_code == 0
    assert recorded(site) == RECORDED
    assert history_of(site, "user_spent_1d")[0][3].endswith("-dirty")


@pytest.mark.usefixtures("registered")
def test_the_history_may_be_that_of_an_exported_registry(tmp_path: Path) -> None:
    site, document = tmp_path / "site", tmp_path / "registry.json"
    assert headrace("registry", "export", "--out", str(document)).exit_code == 0
    shutil.rmtree(tmp_path / "var" / "registry")
    assert headrace("docs", "--out", str(site), "--against", str(document)).exit_code == 0
    assert recorded(site) == RECORDED
    document.write_text("{}")
    wrong = headrace("docs", "--out", str(site), "--against", str(document))
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (1, 1)
    assert "not a registry" in wrong.stderr


def test_a_site_is_written_without_a_registry_that_does_not_answer(
    specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_PULSAR_URL", f"pulsar://127.0.0.1:{free_port()}")
    result = headrace("docs", "--out", str(tmp_path / "site"))
    assert result.exit_code == 0
    assert "the history is read from git, because the registry is unavailable: no broker answers at " in result.stderr


def test_openlineage_is_one_event_without_secrets(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_REDIS_URL", "redis://me:s3cret@redis:6379/0")
    printed = headrace("export", "openlineage", str(specs))
    assert of_openlineage(json.loads(printed.output)) == [] and "s3cret" not in printed.output


def test_feast_says_what_it_wrote_and_keeps_what_is_not_its_own(specs: Path, tmp_path: Path) -> None:
    out = tmp_path / "feast"
    made = headrace("export", "feast", "--out", str(out))
    assert made.exit_code == 0 and "feature_store.yaml" in made.output and "feast apply" in made.output
    again = headrace("export", "feast", "--out", str(out))
    assert again.exit_code == 0 and "feature_store.yaml" not in again.output
    (out / "definitions.py").write_text("mine = 1\n")
    refused = headrace("export", "feast", "--out", str(out))
    assert refused.exit_code == 1 and "not written by `headrace export feast`" in refused.output


@pytest.mark.parametrize("project", ["", "_x", "a b", "a-b", "größe", "x\n"])
def test_a_project_that_feast_refuses_is_an_argument(project: str, specs: Path, tmp_path: Path) -> None:
    refused = headrace("export", "feast", "--out", str(tmp_path / "feast"), "--project", project)
    assert refused.exit_code == 2 and "--project" in refused.output
    assert not (tmp_path / "feast").exists()


@pytest.mark.parametrize("command", [["docs", "--out", "x"], ["export", "feast", "--out", "x"], ["export", "asyncapi"]])
def test_a_wrong_definition_is_said_and_nothing_is_written(
    command: list[str], specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (specs / "user" / "user_spent_1d.yaml").write_text(SPENT.replace("amount", "amout"))
    wrong = headrace(*command)
    assert wrong.exit_code == 1 and "user_spent_1d.yaml:" in wrong.output
    assert not (tmp_path / "x").exists()


def test_a_site_is_written_renewed_and_left_to_others(specs: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    made = headrace("docs", "--out", str(site))
    assert made.exit_code == 0 and (site / "features" / "user_spent_1d.html").is_file()
    (specs / "user" / "user_spent_1d.yaml").write_text(SPENT.replace("user_spent_1d", "user_paid_1d"))
    renewed = headrace("docs", "--out", str(site))
    assert renewed.exit_code == 0 and "removed 1 file of an earlier run" in renewed.output
    assert [path.name for path in (site / "features").iterdir()] == ["user_paid_1d.html"]
    (site / "index.html").write_text("theirs")
    refused = headrace("docs", "--out", str(site))
    assert refused.exit_code == 1 and "nothing was written" in refused.output
    assert (site / "index.html").read_text() == "theirs"


def test_a_store_that_is_away_is_said_only_if_it_was_asked_for(
    specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_REDIS_URL", f"redis://:s3cret@localhost:{free_port()}/0")
    site = tmp_path / "site"
    away = headrace("docs", "--out", str(site), "--live")
    assert away.exit_code == 3 and "s3cret" not in away.output and "Traceback" not in away.output
    assert not site.exists()
    assert headrace("docs", "--out", str(site)).exit_code == 0
    assert "without a running store" in (site / "features" / "user_spent_1d.html").read_text()


@pytest.mark.parametrize("command", [["docs"], ["export", "feast"], ["export", "asyncapi"], ["export", "openlineage"]])
def test_a_place_that_cannot_be_written_is_named(command: list[str], specs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = headrace(*command, "--out", str(tmp_path / "file" / "there" / "out"))
    assert refused.exit_code == 5 and str(tmp_path / "file") in refused.output
    assert (tmp_path / "file").read_text() == ""


def test_folders_of_a_file_are_made(specs: Path, tmp_path: Path) -> None:
    made = tmp_path / "new" / "folder" / "event.json"
    assert headrace("export", "openlineage", "--out", str(made)).exit_code == 0
    assert of_openlineage(json.loads(made.read_text())) == []
