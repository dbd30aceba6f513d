"""Tests changes that need explicit consent: removals, contracts, and registrations by others in the meantime."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typing_extensions import override

from dataflows.definitions import Definitions
from dataflows.runtime.settings import Settings
from governance.registration.registering import RegistrationOutcome, register
from governance.registration.registry import FileRegistry, RegistrationContext
from governance.registration.registry.store import Tell
from tests.support.dataflow.shards.live_shard import BASE, Specs, defined, without

ACT = RegistrationContext(by="ours@example.com", at=2, reason="a test")


def quiet(_: str) -> None:
    pass


class Overtaken(FileRegistry):
    """A registry in which another process registers between reading and writing it."""

    def __init__(self, folder: Path, others: Definitions) -> None:
        super().__init__(folder)
        self._others = others

    @override
    @contextmanager
    def hold(self, tell: Tell) -> Iterator[None]:
        seen = self.read()
        self.write(seen.fingerprint, seen.changes_to(self._others), RegistrationContext(by="theirs@example.com", at=1))
        with super().hold(tell):
            yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var")


def overtaken(settings: Settings, folder: Path, theirs: Specs, ours: Specs) -> RegistrationOutcome:
    register(settings, folder, defined(folder, without("ever")), ACT, quiet)
    registry = Overtaken(settings.var / "registry", defined(folder, theirs))
    return register(settings, folder, defined(folder, ours), ACT, quiet, registry)


def test_what_others_added_a_moment_ago_is_not_removed(settings: Settings, tmp_path: Path) -> None:
    outcome = overtaken(settings, tmp_path, BASE, without("ever", "kinds"))
    (refused,) = outcome.refused
    assert refused.startswith(
        "ever: theirs@example.com registered it a moment ago, and this registration would undo that"
    )
    assert {*FileRegistry(settings.var / "registry").read().entries} >= {"feature/ever", "feature/kinds"}


def test_what_others_changed_elsewhere_is_no_hindrance(settings: Settings, tmp_path: Path) -> None:
    theirs = {**without("ever"), "n": {**BASE["n"], "owner": "theirs@example.com"}}
    ours = {**theirs, "each": {**BASE["each"], "owner": "ours@example.com"}}
    outcome = overtaken(settings, tmp_path, theirs, ours)
    assert outcome.refused == ()
    entries = FileRegistry(settings.var / "registry").read().entries
    assert [entries[f"feature/{name}"].act.by for name in ("n", "each")] == ["theirs@example.com", "ours@example.com"]
