"""Tests `headrace doctor`: the stored state, the live run and the rows in Redis, against the registry and the
folder."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.messages import RawBatch
from connectors.process_identity import own_identity
from connectors.redis import Lease, Tenant
from dataflows.definitions import load
from dataflows.runtime.recorded_fingerprints import note_specs
from dataflows.runtime.recovery import saved_fingerprints
from tests.support.dataflow.runs import replayed
from tests.support.dataflow.shards.live_shard import orders
from tests.support.programs.command_line import SPENT, edit, headrace, home
from tests.support.services.redis_rows import Store
from tests.support.services.redis_server import RedisServer

KEY = "feature/user_spent_1d"


@pytest.fixture
def store(redis_server: RedisServer) -> Store:
    return Store(redis_server, f"doctor-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer, store: Store) -> Iterator[Path]:
    with home(tmp_path, monkeypatch) as folder:
        monkeypatch.setenv("HEADRACE_REDIS_URL", redis_server.url)
        monkeypatch.setenv("HEADRACE_REDIS_PREFIX", store.prefix)
        yield folder


def places(expected_code: int) -> dict[str, str]:
    answer = headrace("doctor", "--json")
    assert answer.exit_code == expected_code, answer.output
    (verdicts,) = [definition for definition in json.loads(answer.stdout)["definitions"] if definition["key"] == KEY]
    assert verdicts["agree"] is (expected_code == 0)
    return dict(verdicts["places"])


def live(store: Store, specs: Path) -> Lease:
    """Starts a run of the definitions of the folder, with one row."""
    definitions = load(specs)
    note_specs(store.client, definitions, store.prefix)
    store.put(as_of=1, a="1", _spec=definitions.fingerprint)
    tenant = Tenant("here", uuid.uuid4().hex, definitions.fingerprint, own_identity(), "2026-01-01T00:00:00+00:00")
    lease = Lease(store.client, store.prefix, tenant)
    lease.take(lambda: False)
    return lease


def test_where_nothing_has_run_nothing_disagrees(specs: Path) -> None:
    result = headrace("doctor")
    assert result.exit_code == 0
    assert result.stdout.startswith("2 definitions, 0 of them differ in at least one place; compared with: nothing")


def test_the_run_and_its_rows_are_those_of_the_folder_or_not(specs: Path, store: Store) -> None:
    lease = live(store, specs)
    headrace("register")
    assert places(0) == {"registry": "same", "run": "same", "rows": "same"}
    edit(specs, ("owner: ", "owner: x"))
    assert places(2) == {"registry": "other", "run": "same", "rows": "same"}
    edit(specs, ("value: amount", "value: amount * 2"))
    assert places(2) == {"registry": "other", "run": "other", "rows": "other"}
    shown = headrace("doctor").output
    assert "run `headrace register`" in shown
    assert "1 of them differ in at least one place" in shown
    lease.release()
    assert places(2) == {"registry": "other", "rows": "other"}


def test_what_only_the_registry_has_is_named(specs: Path) -> None:
    (specs / "user" / "other.yaml").write_text(SPENT.replace("user_spent_1d", "other"))
    headrace("register")
    (specs / "user" / "other.yaml").unlink()
    definitions = json.loads(headrace("doctor", "--json").stdout)["definitions"]
    assert [definition["places"] for definition in definitions if not definition["agree"]] == [{"registry": "extra"}]


def test_a_place_that_does_not_answer_is_unknown(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_REDIS_URL", "redis://127.0.0.1:9/0")
    silent = headrace("doctor")
    assert silent.exit_code == 1
    assert "rows: unknown: " in silent.stderr
    headrace("register")
    edit(specs, ("owner: ", "owner: x"))
    assert headrace("doctor").exit_code == 2


def test_the_kept_state_is_read_from_the_recovery_store(specs: Path, tmp_path: Path) -> None:
    definitions = load(specs)
    payloads = [json.dumps(event).encode() for event in orders(0, 30)]
    batch = RawBatch("0", payloads, 1, 1, str)
    replayed(definitions, {"orders": [[batch]]}, recovery=tmp_path / "var" / "recovery")
    assert saved_fingerprints(tmp_path / "var" / "recovery") == {
        feature.feature_name: feature.fingerprint for feature in definitions.features
    }
    assert places(0) == {"state": "same"}
    edit(specs, ("value: amount", "value: amount * 2"))
    assert places(2) == {"state": "other"}


def test_a_damaged_recovery_store_is_unknown(specs: Path, tmp_path: Path) -> None:
    (store := tmp_path / "var" / "recovery").mkdir(parents=True)
    (store / "part-0.sqlite3").write_bytes(b"nothing")
    damaged = headrace("doctor")
    assert damaged.exit_code == 1
    assert "state: unknown: recovery store" in damaged.stderr
    assert "Traceback" not in damaged.output
