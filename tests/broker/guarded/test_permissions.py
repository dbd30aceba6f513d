"""Tests roles with limited permissions: commands and workers end at once, and name the missing permission."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import Result

from connectors.pulsar import PulsarAdmin, PulsarSource, publish
from tests.support.broker.guarded_broker import Guarded, token
from tests.support.broker.readers import everything
from tests.support.programs.command_line import ORDERS, SPENT, headrace, home
from tests.support.programs.worker import Worker

Commands = tuple[tuple[str, ...], ...]
WRITES: Commands = (("register",), ("registry", "import", "registry.json"))
READS: Commands = (
    ("plan",),
    ("history", "user_spent_1d"),
    ("registry", "export"),
    ("register", "--dry-run"),
)
PROMPT_S = 20


class Places(NamedTuple):
    """Namespaces of a test: for the registry, feature topics, and raw events."""

    registry: str
    features: str
    raw: str

    def written(self, text: str) -> str:
        """Returns a definition on these topics."""
        moved = text.replace("public/default/raw-order-events", f"{self.raw}/orders")
        return moved.replace("public/default/feature-user", f"{self.features}/feature-user")


@pytest.fixture
def places(guarded: Guarded) -> Places:
    return Places(*(guarded.namespace() for _ in Places._fields))


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guarded: Guarded, places: Places) -> Iterator[Path]:
    with home(tmp_path, monkeypatch) as folder:
        for name, text in (("sources/orders.yaml", ORDERS), ("user/user_spent_1d.yaml", SPENT)):
            (folder / name).write_text(places.written(text))
        for name, value in deployment(guarded, places).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        yield folder


def deployment(guarded: Guarded, places: Places) -> dict[str, str]:
    return {
        "HEADRACE_PULSAR_URL": guarded.url,
        "HEADRACE_PULSAR_ADMIN_URL": guarded.admin_url,
        "HEADRACE_PULSAR_TLS_CA": guarded.certificate,
        "HEADRACE_REGISTRY_TOPIC": f"persistent://{places.registry}/registry",
    }


@pytest.fixture
def by(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command as a role; it must end promptly, without a traceback and without the token."""

    def called(role: str, *arguments: str) -> Result:
        monkeypatch.setenv("HEADRACE_PULSAR_TOKEN", token(role))
        began = time.monotonic()
        result = headrace(*arguments)
        assert time.monotonic() - began < PROMPT_S
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert token(role) not in result.output
        return result

    return called


@pytest.fixture
def registered(specs: Path, by: Callable[..., Result], tmp_path: Path) -> Path:
    """Registers everything, also in an export, and changes the folder afterwards."""
    assert by("admin", "register").exit_code == 0
    (tmp_path / "registry.json").write_text(by("admin", "registry", "export").stdout)
    file = specs / "user" / "user_spent_1d.yaml"
    file.write_text(file.read_text().replace("version: 1", "version: 2").replace("value: amount", "value: amount * 2"))
    return specs


def consume(namespace: str, role: str, actions: str = "consume") -> str:
    return f"hint: `pulsar-admin namespaces grant-permission {namespace} --role {role} --actions {actions}`"


def test_a_role_without_any_right_learns_which_it_needs(
    places: Places, registered: Path, by: Callable[..., Result]
) -> None:
    place = f"role nobody may not look up topic persistent://{places.registry}/registry-history ("
    for command in (*READS, *WRITES):
        result = by("nobody", *command)
        assert (result.exit_code, result.stdout) == (3, "")
        (line,) = result.stderr.splitlines()
        assert line.startswith(place), line
        assert line.endswith(consume(places.registry, "nobody"))
    doctor = by("nobody", "doctor")
    assert doctor.exit_code == 1
    registry, schema = doctor.stderr.splitlines()
    assert registry.startswith(f"registry: unknown: {place}")
    assert schema.startswith("schema: unknown: role nobody may not read the schemas of topic ")
    assert schema.endswith(consume(places.features, "nobody"))


def expect_refused(refused: Result, start: str, hint: str) -> None:
    """Checks that a command printed only one line, which begins with `start` and holds the hint."""
    assert (refused.exit_code, refused.stdout) == (3, "")
    (line,) = refused.stderr.splitlines()
    assert line.startswith(start)
    assert hint in line


def test_a_role_that_may_only_read_plans_and_does_not_register(
    guarded: Guarded, places: Places, registered: Path, by: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    guarded.grant(places.registry, "reader", "consume")
    guarded.grant(places.features, "reader", "consume")
    for arguments in (("plan",), ("register", "--dry-run")):
        planned = by("reader", *arguments)
        assert planned.exit_code == 2
        assert "feature user_spent_1d: changed (value)" in planned.stdout
        assert planned.stderr.startswith("compared with revision 1 of ")
        (unknown,) = caplog.messages
        assert unknown.startswith(f"role reader may not read the policies of topic persistent://{places.features}/")
        assert unknown.endswith("; its strategy is taken to be FULL")
        caplog.clear()
    assert by("reader", "doctor").exit_code == 2
    assert by("reader", "history", "user_spent_1d").exit_code == 0
    assert json.loads(by("reader", "registry", "export").stdout)["revisions"]
    start = f"role reader may not read the policies of topic persistent://{places.registry}/"
    for command in WRITES:
        expect_refused(by("reader", *command), start, "`pulsar-admin tenants update public --admin-roles ...,reader`")
    assert by("admin", "history", "user_spent_1d").stdout.count("feature ") == 1


def test_a_plan_goes_on_without_schemas_that_it_may_not_read(
    guarded: Guarded, places: Places, registered: Path, by: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    guarded.grant(places.registry, "planner", "consume")
    planned = by("planner", "plan")
    assert planned.exit_code == 2
    assert "feature user_spent_1d: changed (value)" in planned.stdout
    assert "; records are compared without the schemas on the broker" in caplog.text
    assert "subscriptions of feature topics are unknown: role planner may not " in planned.stderr


def test_a_namespace_is_made_by_who_administers_the_tenant(
    guarded: Guarded, places: Places, specs: Path, by: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_REGISTRY_TOPIC", f"persistent://{places.registry}-new/registry")
    refused = by("nobody", "register")
    assert refused.exit_code == 3
    (line,) = refused.stderr.splitlines()
    assert line.startswith("role nobody may not ")
    assert f"{places.registry}-new" in line


def working(guarded: Guarded, places: Places, folder: Path, redis_url: str, role: str, check: str) -> Worker:
    settings = {
        **deployment(guarded, places),
        "HEADRACE_PULSAR_TOKEN": token(role),
        "HEADRACE_REDIS_URL": redis_url,
        "HEADRACE_REDIS_PREFIX": folder.name.replace("_", "-"),
        "HEADRACE_DEAD_LETTER_TOPIC": f"persistent://{places.raw}/dead",
        "HEADRACE_QUALITY": "false",
        "HEADRACE_REGISTRY": check,
    }
    folder.mkdir()
    worker = Worker(folder, settings).made()
    for name, text in {
        "sources/orders": ORDERS,
        "user_spent_1d": SPENT.replace("window: 1d", "window: lifetime"),
    }.items():
        (folder / "specs" / f"{name}.yaml").write_text(places.written(text.partition("tests:")[0]))
    return worker


def _publish_orders(guarded: Guarded, places: Places) -> None:
    """Publishes an order and a payload that becomes a dead letter."""
    PulsarAdmin(guarded.connection()).ensure_topic(f"persistent://{places.raw}/dead", 1)
    order = {"event_type": "payment_success", "user_id": "u1", "amount": 2.5, "timestamp": 1_767_225_600_000}
    payloads = [json.dumps(order).encode(), b"no event"]
    publish(guarded.connection(), f"persistent://{places.raw}/orders", ["u1", "u2"], payloads)


def _grant_to_workers(guarded: Guarded, places: Places) -> None:
    for namespace in (places.raw, places.features):
        guarded.grant(namespace, "reader", "consume")
        guarded.grant(namespace, "worker", "consume")
    guarded.grant(places.features, "worker", "produce", "consume")


@pytest.mark.parametrize(("check", "does"), [("warn", "register a schema of"), ("enforce", "write to")])
def test_a_worker_needs_no_more_than_to_read_and_to_write(
    guarded: Guarded, places: Places, tmp_path: Path, redis_url: str, check: str, does: str, registered: Path
) -> None:
    """It reads sources, writes features, and administers nothing; dead letters it may not write are kept in a file."""
    _publish_orders(guarded, places)
    _grant_to_workers(guarded, places)
    place = f"topic persistent://{places.features}/feature-user"
    hint = consume(places.features, "reader", "produce,consume")
    reader = working(guarded, places, tmp_path / f"{check}-reader", redis_url, "reader", check)
    reader.run().expect(3, f"role reader may not {does} {place} (", hint, lines=3)

    worker = working(guarded, places, tmp_path / f"{check}-worker", redis_url, "worker", check)
    running, topic = worker.start(), f"persistent://{places.features}/feature-user"
    written = PulsarSource(topic, guarded.connection(), bounded=True)
    worker.until(running, lambda: any(everything(written).values()))
    worker.until(running, lambda: any((worker.var / "refused").glob("*")))
    ended = worker.stopped(running)
    assert ended.code == 0
    assert any("role worker may not write to topic " in line for line in ended.said), ended.said
