"""Tests a plan's messages about deprecated definitions."""

from pathlib import Path

from dataflows.definitions import Definitions
from governance.changes.planning import lines, markdown, plan
from governance.registration.registry import definitions_in, document_of
from tests.support.dataflow.shards.live_shard import BASE, SET, changed, defined

DEPRECATED = {"since": "2026-11-01", "use": "each", "remove_after": "2027-01-31"}
WORDS = "deprecated since 2026-11-01: read each instead; available until 2027-01-31"
READER = {"name": "fraud model", "owner": "fraud@example.com"}


def fraud(*names: str, **keys: object) -> dict[str, object]:
    return {**SET, "set_name": "fraud", "features": list(names), "consumers": [READER], **keys}


def test_deprecating_is_metadata_and_readers_are_named(tmp_path: Path) -> None:
    before = defined(tmp_path, BASE, fraud("spend"))
    made = plan(before, defined(tmp_path, changed("spend", deprecated=DEPRECATED), fraud("spend")))
    (change,) = made.changes
    assert (change.name, change.categories, change.notes) == ("spend", ("metadata",), (f"it is {WORDS}",))
    assert [consumer.name for consumer in made.consumers] == ["fraud model"]
    assert f"  note: it is {WORDS}" in list(lines(made))
    assert WORDS in markdown(made)
    assert made.as_json()["changes"][0]["notes"] == (f"it is {WORDS}",)
    assert made.problems == ()


def test_whoever_begins_to_read_it_is_told(tmp_path: Path) -> None:
    specs = changed("spend", deprecated=DEPRECATED)
    derived = {"expression": "spend / 2", "value_type": "DOUBLE"}
    made = plan(defined(tmp_path, specs), defined(tmp_path, {**specs, "half": derived}, fraud("spend", "half")))
    assert {change.name: change.notes for change in made.changes} == {
        "half": (f"it reads spend, which is {WORDS}",),
        "fraud": (f"it reads spend, which is {WORDS}",),
    }


def test_consumers_of_a_set_that_is_to_go_are_named(tmp_path: Path) -> None:
    before = defined(tmp_path, BASE, fraud("spend"))
    made = plan(before, defined(tmp_path, BASE, fraud("spend", deprecated={"since": "2026-11-01"})))
    (change,) = made.changes
    assert change.categories == ("metadata",)
    assert change.notes == ("it is deprecated since 2026-11-01; tell fraud model (fraud@example.com)",)


def test_it_survives_the_registry(tmp_path: Path) -> None:
    definitions = defined(tmp_path, changed("spend", deprecated=DEPRECATED), fraud("spend", deprecated=DEPRECATED_SET))
    registered = definitions_in(document_of(definitions))
    assert registered.deprecated == definitions.deprecated
    assert plan(registered, definitions).changes == ()
    assert plan(Definitions({}, ()), registered).problems == ()


DEPRECATED_SET = {"since": "2026-11-01"}
