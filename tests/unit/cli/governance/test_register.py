"""Tests `headrace register` and the commands that report on it, without a broker: refusals, reasons, history, export,
import."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dataflows.definitions import load
from governance.registration.registry import FileRegistry, RegistrationContext, RegistryMoved, document_of
from governance.registration.registry.registered import documented
from tests.support.generators.seeds import seeds
from tests.support.programs.command_line import SPENT, edit, headrace
from tests.support.programs.git_checkout import git, git_begun

ACT = RegistrationContext(by="tests@example.com", at=1)


def revision() -> int:
    return int(json.loads(headrace("register", "--json").stdout)["revision"])


def test_what_is_registered_is_not_registered_again(specs: Path) -> None:
    first = headrace("register")
    assert first.exit_code == 0
    assert "registered: revision 1 of" in first.output
    again = headrace("register")
    assert again.exit_code == 0
    assert again.stdout == "nothing to do: revision 1 already contains these definitions\n"
    assert headrace("plan").exit_code == 0


def test_a_dry_run_is_a_plan(specs: Path) -> None:
    assert "2 changes" in headrace("register", "--dry-run").output
    headrace("register")
    assert headrace("register", "--dry-run").exit_code == 0
    edit(specs, ("owner: ", "owner: x"))
    dry = headrace("register", "--dry-run")
    assert dry.exit_code == 2
    assert "changed (metadata)" in dry.output
    assert "registered" not in dry.stdout
    assert headrace("plan").exit_code == 2


def test_what_the_plan_refuses_is_not_registered(specs: Path) -> None:
    headrace("register")
    edit(specs, ("value: amount", "value: amount * 2"))
    refused = headrace("register", "--reason", "it must be")
    assert refused.exit_code == 1
    assert "refused: user_spent_1d: a change of value needs a new version; set `version: 2`" in refused.output
    assert "nothing was registered" in refused.output
    edit(specs)
    assert revision() == 1


def test_a_removal_needs_a_reason_which_is_recorded(specs: Path) -> None:
    headrace("register")
    (specs / "user" / "other.yaml").write_text(SPENT.replace("user_spent_1d", "other"))
    headrace("register")
    (specs / "user" / "user_spent_1d.yaml").unlink()
    refused = headrace("register", "--reason", " ")
    assert refused.exit_code == 1
    assert "user_spent_1d: the feature would be removed; give a reason with --reason" in refused.output
    assert headrace("register", "--reason", "nobody reads it").exit_code == 0
    entries = json.loads(headrace("history", "user_spent_1d", "--json").stdout)["entries"]
    assert [entry["reason"] for entry in entries] == ["", "nobody reads it"]
    assert entries[1]["parent"] == entries[0]["fingerprint"]
    assert entries[1]["definition"] is None
    shown = headrace("history", "feature/user_spent_1d").output
    assert "feature removed" in shown
    assert "nobody reads it" in shown


def test_a_change_of_contract_needs_a_reason(specs: Path) -> None:
    headrace("register")
    edit(specs, ("feature-user", "feature-users"), ("version: 1", "version: 2"))
    refused = headrace("register")
    assert refused.exit_code == 1
    assert "user_spent_1d: its contract would change (topic_name); give a reason with --reason" in refused.output
    assert headrace("register", "--reason", "a topic of its own").exit_code == 0


def test_a_promotion_needs_no_reason(specs: Path) -> None:
    headrace("register")
    feature, second = specs / "user" / "user_spent_1d.yaml", specs / "user" / "second.yaml"
    second.write_text(SPENT.replace("version: 1", "version: 2\ncandidate: true").replace("amount", "amount * 2", 1))
    assert headrace("register").exit_code == 0
    second.unlink()
    edit(specs, ("version: 1", "version: 2"), ("value: amount", "value: amount * 2"))
    promoted = headrace("register")
    assert promoted.exit_code == 0, promoted.output
    assert "user_spent_1d@2: removed" in promoted.output
    feature.write_text(SPENT.replace("user_spent_1d", "other"))
    assert headrace("register").exit_code == 1


def test_an_unknown_name_has_no_history(specs: Path) -> None:
    headrace("register")
    unknown = headrace("history", "user_spend_1d")
    assert unknown.exit_code == 1
    assert "user_spend_1d was never registered; did you mean user_spent_1d?" in unknown.output


def test_an_export_is_imported_with_its_history(specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    headrace("register")
    edit(specs, ("owner: ", "owner: x"))
    headrace("register")
    saved, history = tmp_path / "saved" / "registry.json", headrace("history", "user_spent_1d", "--json").stdout
    assert headrace("registry", "export", "--out", str(saved)).exit_code == 0
    assert headrace("plan", "--against", str(saved)).exit_code == 0
    assert headrace("registry", "export").stdout == saved.read_text()
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path / "elsewhere"))
    assert "imported 2 revisions" in headrace("registry", "import", str(saved)).output
    assert headrace("history", "user_spent_1d", "--json").stdout == history
    assert "nothing to do" in headrace("registry", "import", str(saved)).output
    edit(specs)
    headrace("register")
    differs = headrace("registry", "import", str(saved))
    assert differs.exit_code == 1
    assert "the registry is at revision 3, which is not in the document's history" in differs.output


def test_a_document_without_history_becomes_one_revision(specs: Path, tmp_path: Path) -> None:
    document = tmp_path / "plain.json"
    document.write_bytes(document_of(load(specs)))
    assert "imported 1 revision:" in headrace("registry", "import", str(document)).output
    assert headrace("plan").exit_code == 0
    edit(specs, ("owner: ", "owner: x"))
    document.write_bytes(document_of(load(specs)))
    assert headrace("registry", "import", str(document)).exit_code == 1


@pytest.mark.parametrize("content", ["", "[]", '{"headrace_registry": 1}', '{"headrace_registry": 2}'])
def test_what_is_no_registry_is_not_imported(specs: Path, tmp_path: Path, content: str) -> None:
    (file := tmp_path / "x.json").write_text(content)
    refused = headrace("registry", "import", str(file))
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output


@pytest.mark.parametrize("damage", [lambda _: b"{", lambda content: content.replace(b':"', b':"\xe9')])
def test_a_damaged_registry_is_named(specs: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    headrace("register")
    revision = tmp_path / "var" / "registry" / "00000001.json"
    revision.write_bytes(damage(revision.read_bytes()))
    for command in (("plan",), ("register",), ("history", "user_spent_1d"), ("registry", "export")):
        refused = headrace(*command)
        assert refused.exit_code == 1
        assert "00000001.json is damaged" in refused.output


@pytest.mark.parametrize("command", ["plan", "register"])
def test_a_wrong_setting_is_no_change(specs: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("HEADRACE_SHARDS", "none")
    assert headrace(command).exit_code == 1
    assert headrace("history", "x").exit_code == 2


def test_a_broker_that_is_not_there_is_one_clear_line(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_PULSAR_URL", "pulsar://127.0.0.1:9")
    for command in (("plan",), ("register",), ("history", "x"), ("registry", "export")):
        refused = headrace(*command)
        assert refused.exit_code == 3
        assert refused.output == "no broker answers at pulsar://127.0.0.1:9; check HEADRACE_PULSAR_URL\n"


def test_two_writers_at_once_lose_nothing(specs: Path, tmp_path: Path) -> None:
    """Runs without locking the folder: the writer that links a number first wins."""
    written, rounds, together = documented(load(specs))["source/orders"], len(seeds(100)), threading.Barrier(2)
    registry = FileRegistry(tmp_path / "registry")

    def writes(number: int) -> None:
        for turn in range(rounds):
            together.wait(60)
            change = {f"source/w{number}_{turn}": {**written, "name": f"w{number}_{turn}"}}
            while not _written(registry, change):
                pass

    with ThreadPoolExecutor(2) as writers:
        list(writers.map(writes, range(2)))
    now = registry.read()
    assert (now.revision, len(now.definitions.sources)) == (2 * rounds, 2 * rounds)


def _written(registry: FileRegistry, change: dict[str, dict[str, object]]) -> bool:
    try:
        registry.write(registry.read().fingerprint, change, ACT)
    except RegistryMoved:
        return False
    return True


def test_registers_at_once_are_one_after_the_other(specs: Path, programs: None) -> None:
    command = [sys.executable, "-m", "cli.main", "register", "--json"]
    at_once = [subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)) for _ in range(3)]
    answers = [json.loads(process.communicate(timeout=120)[0]) for process in at_once]
    assert [process.returncode for process in at_once] == [0, 0, 0]
    assert [answer["revision"] for answer in answers] == [1, 1, 1]
    assert sorted(len(answer["plan"]["changes"]) for answer in answers) == [0, 0, 2]


def test_a_checkout_that_is_behind_takes_nothing_back(specs: Path) -> None:
    git_begun(specs)
    headrace("register")
    edit(specs, ("owner: ", "owner: x"))
    git(specs, "commit", "-qam", "second")
    assert headrace("register").exit_code == 0
    git(specs, "checkout", "-q", "HEAD~1")
    refused = headrace("register")
    assert refused.exit_code == 1
    assert "which is not in this checkout; merge that commit first, or give a reason with --reason" in refused.output
    assert headrace("register", "--reason", "taken back").exit_code == 0
    (entry,) = json.loads(headrace("history", "user_spent_1d", "--json").stdout)["entries"][-1:]
    assert len(entry["commit"]) == 40
    edit(specs, ("owner: ", "owner: y"))
    headrace("register", "--reason", "in a hurry")
    (entry,) = json.loads(headrace("history", "user_spent_1d", "--json").stdout)["entries"][-1:]
    assert entry["commit"].endswith("-dirty")


def test_a_checkout_that_never_saw_a_later_merge_does_not_take_it_back(
    specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git_begun(specs)
    later = tmp_path / "later"
    git(tmp_path, "clone", "-q", str(specs), str(later))
    (later / "user" / "user_paid_1d.yaml").write_text(SPENT.replace("user_spent_1d", "user_paid_1d"))
    git(later, "add", ".")
    git(later, "commit", "-qm", "second")
    with monkeypatch.context() as other:
        other.setenv("HEADRACE_SPECS", str(later))
        assert headrace("register").exit_code == 0
    refused = headrace("register")
    assert refused.exit_code == 1
    assert "refused: user_paid_1d: the feature would be removed; give a reason with --reason" in refused.output
    assert "which is not in this checkout; merge that commit first, or give a reason" in refused.output
    git(specs, "pull", "-q", str(later))
    assert headrace("register").stdout == "nothing to do: revision 1 already contains these definitions\n"
