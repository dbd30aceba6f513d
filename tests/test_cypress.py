"""The Cypress spec: its syntax, and that its task publishes for real. Cypress itself is the user's to install."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.home import home, lines_of

ROOT = Path(__file__).resolve().parents[1]
SPEC, CONFIG = ROOT / "cypress" / "e2e" / "feature_e2e.cy.js", ROOT / "cypress.config.js"
CALL = """
const Module = require("node:module");
const load = Module._load;
Module._load = (name, ...rest) => name === "cypress" ? { defineConfig: (config) => config } : load(name, ...rest);
const tasks = {};
require(process.argv[1]).e2e.setupNodeEvents((_, given) => Object.assign(tasks, given));
tasks.publish(JSON.parse(process.argv[2]));
"""
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="only those who use Cypress need Node.js")


@needs_node
@pytest.mark.parametrize("file", [SPEC, CONFIG], ids=lambda file: file.name)
def test_it_is_javascript(file: Path) -> None:
    subprocess.run([str(NODE), "--check", str(file)], check=True)


@needs_node
def test_its_task_publishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "headrace"
    script.write_text(f'#!/bin/sh\nexec {ROOT}/.venv/bin/python -m cli.main "$@"\n')
    script.chmod(0o755)
    with home(tmp_path, monkeypatch):
        monkeypatch.setenv("HEADRACE", str(script))
        sent = {"topic": "orders", "key": "user_id", "event": {"user_id": "u1", "amount": 7.5}}
        subprocess.run([str(NODE), "-e", CALL, str(CONFIG), json.dumps(sent)], check=True, cwd=ROOT)
        assert '"amount":7.5' in lines_of(tmp_path / "var", "raw-order-events")


def test_it_looks_where_the_pages_put_things() -> None:
    spec, page = SPEC.read_text(), (ROOT / "serving" / "templates" / "entity_live.html").read_text()
    for mark in ("feature-value", "quality-report-link"):
        assert f".{mark}" in spec and mark in page
