"""Tests `headrace init`, `new` and `codeowners`: they write valid files and overwrite nothing."""

import json
from pathlib import Path

import pytest
import yaml

from dataflows.aggregations import AGGREGATIONS
from dataflows.definitions import load
from governance.authoring.scaffolding.feature_shape import as_sql
from tests.support.programs.command_line import headrace

OWNER = "risk@example.com"
EVENT = {"user_id": "u1", "item_id": "i1", "at": "2026-01-01T00:00:00Z", "page": "home", "seconds": 1.5, "new": True}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop features"
    assert headrace("init", str(folder), "--owner", OWNER).exit_code == 0
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HEADRACE_ENV_FILE", str(folder / "headrace.env"))
    return folder


def test_a_new_repository_is_valid_and_tested(repository: Path) -> None:
    assert "all valid: 1 feature" in headrace("validate").output
    assert "1 passed" in headrace("test").output
    assert (repository / "ci" / "plan.sh").stat().st_mode & 0o111
    workflow = yaml.safe_load((repository / ".github" / "workflows" / "features.yaml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert yaml.safe_load((repository / ".gitlab-ci.yml").read_text())["check"]["artifacts"]["when"] == "always"
    assert json.loads((repository / "features" / "schema.json").read_text())["title"] == "Headrace definition"


def test_nothing_is_written_over(repository: Path) -> None:
    before = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    (repository / "README.md").unlink()
    refused = headrace("init", ".", "--owner", OWNER)
    assert refused.exit_code == 1
    assert "headrace.env" in refused.output
    assert not (repository / "README.md").exists()
    assert all(path.read_bytes() == text for path, text in before.items() if path.exists())


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_a_new_feature_of_any_aggregation_is_valid(repository: Path, aggregation: str) -> None:
    written = headrace("new", "feature", "user_new", "--owner", OWNER, "--aggregation", aggregation)
    assert written.exit_code == 0, written.output
    assert written.output.splitlines()[0] == "features/user_profile/user_new.yaml"
    assert [feature.feature_name for feature in load(repository / "features").features] == ["user_new", "user_spend_1h"]


def test_a_new_source_from_real_events(repository: Path) -> None:
    sample = repository / "events.jsonl"
    sample.write_text(json.dumps({**EVENT, "nested": {"a": 1}}) + "\n")
    written = headrace("new", "source", "views", "--sample", str(sample))
    assert written.exit_code == 0, written.output
    assert "nested" in written.output
    source = load(repository / "features").sources["views"]
    assert source.columns == {
        "user_id": "STRING",
        "item_id": "STRING",
        "at": "TIMESTAMP",
        "page": "STRING",
        "seconds": "DOUBLE",
        "new": "BOOL",
    }
    assert (source.event_time.column, source.event_time.unit) == ("at", "iso")
    assert list(source.entities) == ["user_id", "item_id"]
    feature = headrace("new", "feature", "item_seconds", "--source", "views", "--entity", "item_id", "--owner", OWNER)
    assert feature.output.splitlines()[0] == "features/item_profile/item_seconds.yaml"


WORDS = ("null", "true", "on", "No", "order", "select", "from", "group")


def test_columns_may_have_names_that_mean_something_in_yaml_or_sql(repository: Path) -> None:
    sample = repository / "events.jsonl"
    sample.write_text(json.dumps({"user_id": "u1", "ts": 1_767_268_800, **dict.fromkeys(WORDS, 1)}) + "\n")
    written = headrace("new", "source", "views", "--sample", str(sample))
    assert written.exit_code == 0, written.output
    assert set(WORDS) <= load(repository / "features").sources["views"].columns.keys()
    for word in WORDS:
        arguments = ["--source", "views", "--owner", OWNER, "--aggregation", "sum", "--value", as_sql(word)]
        made = headrace("new", "feature", f"user_{word.lower()}", *arguments)
        assert made.exit_code == 0, made.output


def test_a_feature_of_a_name_that_yaml_reads_otherwise(repository: Path) -> None:
    assert headrace("new", "feature", "on", "--owner", OWNER).exit_code == 0
    assert headrace("new", "set", "null", "on", "--owner", OWNER).exit_code == 0
    assert load(repository / "features").feature_set("null").names == ("on",)


def test_who_and_when_are_chosen_by_column(repository: Path) -> None:
    sample = repository / "events.jsonl"
    sample.write_text(json.dumps({"customer": "c1", "created_at": "2026-01-01T00:00:00Z", "ts": 1_767_268_800}) + "\n")
    refused = headrace("new", "source", "views", "--sample", str(sample))
    assert (refused.exit_code, "choose the entity with --entity" in refused.output) == (2, True)
    chosen = ["--entity", "customer", "--entity", "user_id=customer", "--time", "created_at"]
    assert headrace("new", "source", "views", "--sample", str(sample), *chosen).exit_code == 0
    source = load(repository / "features").sources["views"]
    assert source.entities == {"customer_id": "customer", "user_id": "customer"}
    assert (source.event_time.column, source.event_time.unit) == ("created_at", "iso")


@pytest.mark.parametrize(
    "arguments",
    [
        ("feature", "f", "--window", "10"),
        ("feature", "f", "--value", "amout", "--aggregation", "sum"),
        ("feature", "user_spend_1h", "--entity", "user_id", "--window", "1h"),
        ("set", "s", "nope"),
        ("set", "user_spend_1h", "user_spend_1h"),
    ],
)
def test_what_would_be_invalid_is_not_written(repository: Path, arguments: tuple[str, ...]) -> None:
    before = {path for path in repository.rglob("*") if path.is_file()}
    refused = headrace("new", *arguments, "--owner", OWNER)
    assert refused.exit_code == 1
    assert {path for path in repository.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["../f", "F", "f/g", "", "f" * 129])
def test_a_name_that_no_definition_can_have_is_refused(repository: Path, name: str) -> None:
    refused = headrace("new", "feature", name, "--owner", OWNER)
    assert refused.exit_code == 2
    assert "expected lowercase letters" in refused.output


def test_a_new_set(repository: Path) -> None:
    assert headrace("new", "set", "mine_v1", "user_spend_1h", "--owner", OWNER).exit_code == 0
    assert load(repository / "features").feature_set("mine_v1").names == ("user_spend_1h",)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new", "feature", "f", "--owner", "nobody"], "not an email address"),
        (["new", "feature", "f", "--owner", OWNER, "--source", "nope"], "choose with --source: orders"),
        (["new", "feature", "f", "--owner", OWNER, "--entity", "shop_id"], "choose with --entity: user_id, item_id"),
        (["new", "feature", "f", "--owner", OWNER, "--aggregation", "average"], "choose with --aggregation: count"),
    ],
)
def test_what_is_unclear_is_said(repository: Path, arguments: list[str], words: str) -> None:
    refused = headrace(*arguments)
    assert refused.exit_code == 2
    assert words in " ".join(refused.output.split())
    assert not (repository / "features" / "user_profile" / "f.yaml").exists()


def test_of_several_sources_one_has_to_be_named(repository: Path) -> None:
    orders = repository / "features" / "sources" / "orders.yaml"
    orders.with_name("views.yaml").write_text(orders.read_text().replace("orders", "views").replace("order-", "view-"))
    refused = headrace("new", "feature", "f", "--owner", OWNER)
    assert refused.exit_code == 2
    assert "more than one source; choose with --source: orders, views" in " ".join(refused.output.split())


def test_without_a_source_one_is_made_first(repository: Path) -> None:
    for file in (repository / "features").rglob("*.yaml"):
        file.unlink()
    (repository / "features" / "sets" / "empty.yaml").write_text("set_name: s\n")
    refused = headrace("new", "feature", "f", "--owner", OWNER)
    assert refused.exit_code == 1
    sample = repository / "events.jsonl"
    (repository / "features" / "sets" / "empty.yaml").unlink()
    sample.write_text(json.dumps(EVENT) + "\n")
    assert headrace("new", "source", "views", "--sample", str(sample)).exit_code == 0
    assert headrace("new", "feature", "f", "--owner", OWNER).exit_code == 0


def test_a_sample_without_a_time_is_refused(repository: Path) -> None:
    sample = repository / "events.jsonl"
    sample.write_text('{"user_id": "u1"}\n')
    refused = headrace("new", "source", "views", "--sample", str(sample))
    assert refused.exit_code == 2
    assert "no column is an event time" in refused.output


def test_owners_are_written_and_checked(repository: Path) -> None:
    assert headrace("codeowners", "--check").exit_code == 0
    (repository / ".github" / "CODEOWNERS").write_text("")
    assert headrace("codeowners", "--check").exit_code == 1
    assert headrace("codeowners").exit_code == 0
    written = (repository / ".github" / "CODEOWNERS").read_text()
    assert "/features/user_profile/user_spend_1h.yaml @" in written
    assert headrace("codeowners", "--check").exit_code == 0
    headrace("new", "feature", "user_new", "--owner", OWNER)
    assert headrace("codeowners", "--check").exit_code == 1
