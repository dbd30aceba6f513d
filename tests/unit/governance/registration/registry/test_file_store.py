"""Tests the registry as files: complete after a kill at any moment, and locked by one writer at a time."""

import multiprocessing
import time
from pathlib import Path

import pytest

from dataflows.definitions import Definitions, load
from governance.registration.registry import FileRegistry, InvalidRegistry, RegistrationContext, document_of
from governance.registration.registry.file_store import RegistryBusy
from governance.registration.registry.registered import documented
from tests.support.generators.seeds import rng_of, seeds
from tests.support.paths import ROOT

ACT = RegistrationContext(by="tests@example.com", at=1)
PROCESSES = multiprocessing.get_context("forkserver")


def quiet(_: str) -> None:
    pass


def write_on(folder: Path, specs: Path) -> None:
    """Adds and removes all definitions, again and again."""
    registry, definitions = FileRegistry(folder), load(specs)
    while True:
        for wanted in (definitions, Definitions({}, ())):
            with registry.hold(quiet):
                seen = registry.read()
                registry.write(seen.fingerprint, seen.changes_to(wanted), ACT)


@pytest.mark.long
@pytest.mark.parametrize("seed", seeds(6))
def test_a_writer_that_is_killed_leaves_it_whole(tmp_path: Path, seed: int) -> None:
    folder, specs = tmp_path / "registry", ROOT / "feature_specs"
    writer = PROCESSES.Process(target=write_on, args=(folder, specs))
    writer.start()
    while not list(folder.glob("*.json")):
        assert writer.is_alive()
        time.sleep(0.01)
    time.sleep(float(rng_of(seed).random() / 5))
    writer.kill()
    writer.join(30)
    registry, wanted = FileRegistry(folder), load(specs)
    whole = document_of(wanted), document_of(Definitions({}, ()))
    registered = registry.read()
    assert document_of(registered.definitions) in whole
    with registry.hold(quiet):
        after = registry.write(registered.fingerprint, registered.changes_to(wanted) or documented(wanted), ACT)
        registry.complete()
    assert document_of(after.definitions) == whole[0]
    assert after.revision == registered.revision + 1
    assert not list(folder.glob(".draft*"))


def test_it_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    first, second, messages = FileRegistry(tmp_path), FileRegistry(tmp_path, patience_s=0.2), list[str]()
    with first.hold(quiet), pytest.raises(RegistryBusy, match="try again"), second.hold(messages.append):
        pass
    assert messages == [f"waiting for another `headrace register` in {tmp_path}"]
    with second.hold(quiet):
        pass


def test_a_folder_without_its_first_revision_is_no_registry(tmp_path: Path) -> None:
    registry, definitions = FileRegistry(tmp_path), load(ROOT / "feature_specs")
    first = registry.write("", documented(definitions), ACT)
    registry.write(first.fingerprint, {"set/fraud_v1": None}, ACT)
    (tmp_path / "00000001.json").unlink()
    with pytest.raises(InvalidRegistry, match="starts with revision 2: earlier ones are lost"):
        registry.read()
