"""Writes measured figures: one JSON file for each benchmark, in benchmarks/results."""

import json
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent.parent / "results"


def write(name: str, report: dict[str, object]) -> None:
    """Writes and prints a report."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"date": datetime.now(UTC).date().isoformat()} | report, indent=2)
    (RESULTS / f"{name}.json").write_text(text + "\n")
    print(text)
