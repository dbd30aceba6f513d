"""Tests that shipped code runs with what `make run` installs: nothing needs a package of the tests or of an extra."""

import subprocess
import sys
from importlib.metadata import distribution, packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SHIPPED = ("cli", "governance", "headrace", "serving", "dataflows", "reports", "connectors", "compiled_loops")

IMPORT_ALL = """
import importlib, pkgutil, sys
absent, packages = set(sys.argv[1].split(",")), sys.argv[2].split(",")

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"no module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
for package in packages:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        importlib.import_module(module.name)
        print(module.name)
"""


def needed(name: str, extras: frozenset[str] = frozenset()) -> set[tuple[str, frozenset[str]]]:
    """Returns everything that a distribution requires, with the requested extras."""
    reached, open_ = set[tuple[str, frozenset[str]]](), [(canonicalize_name(name), extras)]
    while open_:
        requirement = open_.pop()
        if requirement not in reached:
            reached.add(requirement)
            required = map(Requirement, distribution(requirement[0]).requires or ())
            open_ += [(canonicalize_name(r.name), frozenset(r.extras)) for r in required if applies(r, requirement[1])]
    return reached


def applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""})


@pytest.mark.usefixtures("programs")
def test_every_shipped_module_needs_only_what_running_installs() -> None:
    installed = {name for name, _ in needed("headrace")}
    absent = {
        module
        for module, owners in packages_distributions().items()
        if not installed & {canonicalize_name(owner) for owner in owners}
    } - {"tests", "benchmarks"}
    assert {"botocore", "s3fs", "pytest", "duckdb"} <= absent
    command = [sys.executable, "-W", "ignore", "-c", IMPORT_ALL, ",".join(sorted(absent)), ",".join(SHIPPED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"cli.main", "cli.services.render_service", "reports.delivery.store", "serving.app"} <= set(
        done.stdout.split()
    )
