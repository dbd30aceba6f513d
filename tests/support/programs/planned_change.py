"""A recorded feature, edits of it, and plans of them over events."""

import json
from pathlib import Path
from typing import Any

from dataflows.definitions import load
from governance.registration.registry import document_of
from tests.support.programs.command_line import SPENT, headrace

AT = 1_767_225_600_000
HOUR = 3_600_000
PAID = [("u1", 10.0, 0), ("u1", 5.0, 30 * HOUR), ("u2", 7.0, HOUR), ("u1", None, 31 * HOUR), ("u2", 3.0, 26 * HOUR)]


class PlannedChange:
    """Recorded definitions as a document, and those of the folder."""

    def __init__(self, specs: Path, folder: Path) -> None:
        self.specs, self.folder = specs, folder
        self.registry = folder / "registry.json"
        self.registry.write_bytes(document_of(load(specs)))

    def edit(self, *edits: tuple[str, str]) -> None:
        """Edits the feature's file; removes its tests and raises its version."""
        text = SPENT.partition("tests:")[0].replace("version: 1", "version: 2")
        for before, after in edits:
            assert before in text
            text = text.replace(before, after)
        (self.specs / "user" / "user_spent_1d.yaml").write_text(text)

    def events(self, name: str = "orders.jsonl", more: str = "") -> Path:
        path = self.folder / name
        path.write_text("".join(line(*payment) for payment in PAID) + more)
        return path

    def plan(self, *arguments: str) -> Any:
        plots = str(self.folder / "plots")
        return headrace("plan", "--against", str(self.registry), "--plots", plots, *arguments)

    def values(self, *arguments: str) -> dict[str, Any]:
        result = self.plan("--json", *arguments)
        assert result.exit_code == 2, result.output
        comparison: dict[str, Any] = json.loads(result.stdout)["values"]
        return comparison


def line(user: str, amount: float | None, after: int) -> str:
    event = {"event_type": "payment_success", "user_id": user, "amount": amount, "timestamp": AT + after}
    return json.dumps(event) + "\n"
