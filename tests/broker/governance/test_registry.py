"""Tests the registry on a real Pulsar: two concurrent writers lose nothing, and a killed register is completed."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.pulsar import (
    LogBusy,
    LogMessage,
    LogTopic,
    LogTopicInvalid,
    LogUnreachable,
    PulsarAdmin,
    PulsarConnection,
    TopicPolicies,
)
from dataflows.definitions import Definitions, load
from dataflows.definitions.fingerprint import digest
from dataflows.runtime.endpoints import topic_schema
from dataflows.runtime.settings import Settings
from governance.registration.registering import register
from governance.registration.registry import (
    LostRevisions,
    PulsarRegistry,
    RegistrationContext,
    RegistryMoved,
    document_of,
    exported,
    imported,
)
from governance.registration.registry.message_parts import PART_BYTES, parts_of
from governance.registration.registry.registered import documented
from governance.registration.registry.revision import Revision
from tests.support.broker.dying_register import ACT, register_and_die
from tests.support.broker.topics import fresh_topic
from tests.support.dataflow.shards.live_shard import BASE, SET, Specs, defined
from tests.support.generators.seeds import rng_of, seeds

ROUNDS = 100


def quiet(_: str) -> None:
    pass


def registry_at(pulsar: PulsarConnection, patience_s: float = 30.0) -> PulsarRegistry:
    return PulsarRegistry(pulsar, fresh_topic("registry"), patience_s)


def source(definitions: Definitions, name: str) -> dict[str, Any]:
    return {f"source/{name}": {**documented(definitions)["source/orders"], "name": name}}


def write(registry: PulsarRegistry, changes: dict[str, Any]) -> None:
    """Writes by the state seen before its turn, and retries until no other writer was faster."""
    while True:
        seen = registry.read()
        with registry.hold(quiet):
            try:
                registry.write(seen.fingerprint, changes, ACT)
            except RegistryMoved:
                continue
            return


def test_two_writers_at_once_lose_nothing(pulsar: PulsarConnection, tmp_path: Path) -> None:
    definitions, registry = defined(tmp_path, BASE), registry_at(pulsar)
    with registry.hold(quiet):
        pass
    others = [PulsarRegistry(pulsar, registry._topic) for _ in range(2)]
    together, rounds = threading.Barrier(2), len(seeds(ROUNDS))

    def writes(number: int) -> None:
        for turn in range(rounds):
            together.wait(60)
            write(others[number], source(definitions, f"w{number}_{turn}"))

    with ThreadPoolExecutor(2) as writers:
        list(writers.map(writes, range(2)))
    now = registry.read()
    assert {*now.definitions.sources} == {f"w{number}_{turn}" for number in range(2) for turn in range(rounds)}
    assert (now.revision, len(now.history)) == (2 * rounds, 2 * rounds)


def shown(pulsar: PulsarConnection, topic: str) -> dict[str, Any]:
    """Returns what a reader of the compacted topic trusts: definitions by key, if the head names them."""
    newest = {message.key: message.payload for message in LogTopic(pulsar, topic).read(compacted=True)}
    state = {key: json.loads(payload) for key, payload in newest.items() if payload is not None}
    head = state.pop("head")
    definitions = {key: value["definition"] for key, value in state.items()}
    assert {key: digest(value) for key, value in definitions.items()} == head["definitions"]
    return definitions


def settings_of(pulsar: PulsarConnection, topic: str) -> dict[str, Any]:
    addresses = {"pulsar_url": pulsar.url, "pulsar_admin_url": pulsar.admin_url}
    return {**addresses, "registry_topic": topic, "topic_partitions": 2}


def on_topics(specs: Specs, first: str, second: str) -> Specs:
    """Puts the features on two topics."""
    topics = {name: second if name in ("each", "kinds") else first for name in specs}
    return {name: {**spec, "topic_name": topics[name]} for name, spec in specs.items()}


def folder_of(tmp_path: Path, name: str, specs: Specs) -> tuple[Path, Definitions]:
    chosen = tmp_path / name
    definitions = defined(chosen, specs, {"set_name": "mine", **SET, "features": ["n", "each"]})
    (folder,) = chosen.iterdir()
    return folder, definitions


def expect_whole(pulsar: PulsarConnection, topic: str, definitions: Definitions) -> None:
    now = PulsarRegistry(pulsar, topic).read()
    assert document_of(now.definitions) == document_of(definitions)
    assert shown(pulsar, topic) == documented(definitions)
    for name, features in definitions.topics().items():
        newest = PulsarAdmin(pulsar).schema(name)
        assert newest is not None
        assert json.loads(newest["data"]) == topic_schema(name, features).definition()
        assert PulsarAdmin(pulsar).partitions(name) == 2
        written = TopicPolicies(pulsar).properties(name)
        assert written["headrace.fingerprint"] == digest({f.feature_name: f.fingerprint for f in features})


STEPS = (50, 30)  # the requests and messages of the two registers below, and a few more


@pytest.mark.parametrize("seed", seeds(14))
def test_a_register_that_is_killed_is_made_whole_by_the_next(
    pulsar: PulsarConnection, tmp_path: Path, seed: int
) -> None:
    rng = rng_of(seed)
    topic, first, second = fresh_topic("registry"), fresh_topic("killed"), fresh_topic("killed")
    settings = settings_of(pulsar, topic)
    later = {name: spec for name, spec in BASE.items() if name not in ("ever", "kinds")}
    states = [(BASE, "a"), ({**later, "each": {**BASE["each"], "filter": "amount > 1", "version": 2}}, "b")]
    before = document_of(Definitions({}, ()))
    for (specs, name), steps in zip(states, STEPS, strict=True):
        folder, definitions = folder_of(tmp_path, name, on_topics(specs, first, second))
        assert register_and_die(settings, folder, int(rng.integers(1, steps)), after=bool(rng.integers(2)))
        document = document_of(PulsarRegistry(pulsar, topic).read().definitions)
        assert document in (before, document_of(definitions))
        assert not register(Settings(**settings), folder, load(folder), ACT, quiet).refused
        expect_whole(pulsar, topic, definitions)
        before = document_of(definitions)


def test_of_two_that_saw_the_same_the_first_counts(pulsar: PulsarConnection, tmp_path: Path) -> None:
    definitions, registry = defined(tmp_path, BASE), registry_at(pulsar)
    with registry.hold(quiet):
        seen = registry.write("", source(definitions, "a"), ACT)
        registry.write(seen.fingerprint, source(definitions, "b"), ACT)
        with pytest.raises(RegistryMoved, match="nothing was written: run the command again"):
            registry.write(seen.fingerprint, source(definitions, "c"), ACT)
        registry.append(Revision(number=2, parent=seen.fingerprint, act=ACT, changes=source(definitions, "d")))
    assert {*registry.read().definitions.sources} == {"a", "b"}


def test_a_revision_of_many_messages_counts_with_its_last(pulsar: PulsarConnection, tmp_path: Path) -> None:
    registry = registry_at(pulsar)
    changes = source(defined(tmp_path, BASE), "a")
    act = RegistrationContext(by="tests@example.com", at=1, reason="r" * (2 * PART_BYTES))
    parts = parts_of(Revision(number=1, parent="", act=act, changes=changes))
    assert len(parts) == 3
    log = LogTopic(pulsar, f"{registry._topic}-history")
    with registry.hold(quiet):
        for message in (*parts[:2], LogMessage("else", b"not ours")):
            registry._open_writer.write(message)
        assert registry.read().revision == 0
        for message in (*parts_of(Revision(number=1, parent="", act=act, changes=changes)), parts[2]):
            registry._open_writer.write(message)
    assert len(log.read()) == 7
    assert registry.read().entries["source/a"].act == act


def test_a_log_without_its_beginning_begins_anew_with_an_export(pulsar: PulsarConnection, tmp_path: Path) -> None:
    definitions, registry, lost = defined(tmp_path, BASE), registry_at(pulsar), registry_at(pulsar)
    with registry.hold(quiet):
        first = registry.write("", documented(definitions), ACT)
        after = registry.write(first.fingerprint, {"feature/part": None}, ACT)
    saved = exported(registry)
    with lost.hold(quiet):
        lost.append(Revision(number=2, parent=first.fingerprint, act=ACT, changes={"feature/part": None}))
    with pytest.raises(LostRevisions, match="starts with revision 2: earlier ones are lost"):
        lost.read()
    registered, count = imported(lost, saved, ACT, quiet)
    assert (registered.revision, count) == (3, 1)
    assert document_of(lost.read().definitions) == document_of(after.definitions)
    assert shown(pulsar, lost._topic) == documented(after.definitions)
    elsewhere = registry_at(pulsar)
    assert imported(elsewhere, saved, ACT, quiet)[0].fingerprint == after.fingerprint
    assert imported(elsewhere, saved, ACT, quiet) == (elsewhere.read(), 0)


def test_a_writer_that_stays_is_waited_for_and_then_named(pulsar: PulsarConnection) -> None:
    registry = registry_at(pulsar, patience_s=0.3)
    messages = list[str]()
    other = PulsarRegistry(pulsar, registry._topic, 0.3)
    with (
        registry.hold(quiet),
        pytest.raises(LogBusy, match="another client has been writing"),
        other.hold(messages.append),
    ):
        pass
    assert messages == ["waiting for another `headrace register`"]
    with other.hold(quiet):
        pass


def test_the_topics_of_the_registry_are_kept_for_ever(pulsar: PulsarConnection) -> None:
    topic = f"persistent://public/{fresh_topic('ns').rpartition('/')[2]}/registry"
    registry, admin = PulsarRegistry(pulsar, topic), PulsarAdmin(pulsar)
    assert registry.read().revision == 0
    assert admin.partitions(topic) is None
    with registry.hold(quiet):
        pass
    for name in (topic, f"{topic}-history"):
        assert admin.partitions(name) == 1
        assert admin.retention(name) == (-1, -1)


def test_a_topic_of_many_partitions_is_no_registry(pulsar: PulsarConnection) -> None:
    registry = registry_at(pulsar)
    PulsarAdmin(pulsar).ensure_topic(f"{registry._topic}-history", 3)
    with pytest.raises(LogTopicInvalid, match="has 3 partitions; expected one"):
        registry.read()


def test_a_broker_that_is_away_is_not_waited_for_long(pulsar: PulsarConnection) -> None:
    away = replace(pulsar, admin_url="http://127.0.0.1:9")
    with pytest.raises(LogUnreachable, match=r"no answer within 0 s.*check that the broker is running"):
        LogTopic(away, fresh_topic("registry"), patience_s=0.1).read()
