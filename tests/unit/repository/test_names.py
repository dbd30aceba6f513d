"""Tests that one name means one thing: no two public classes of the product share one."""

import ast
from collections import defaultdict

from tests.support.paths import ROOT

PACKAGES = ("cli", "compiled_loops", "connectors", "dataflows", "governance", "headrace", "reports", "serving")


def test_no_two_public_classes_share_a_name() -> None:
    places = defaultdict[str, list[str]](list)
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(file.relative_to(ROOT)))
    assert len(places) > 300
    assert {name: files for name, files in places.items() if len(files) > 1} == {}
