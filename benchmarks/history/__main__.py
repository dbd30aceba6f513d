"""Measures replays and training sets, each beside its peers: `python -m benchmarks.history` (`--quick`: a minute or
two).

Every run is in a separate process, in turn; ratios are taken within a turn, because a machine's speed drifts. CPU
seconds cover all threads of the process, without Redis and broker. `--parts` selects among these parts:

- archive: W12 over the retail order lines, from their archive to a real Redis, beside the engine alone (20,000 rows a
  batch)
- pulsar: the same from a real Pulsar, beside a bare reader loop over the topic
- training: W12 at the times of a spine over the order lines of many shops (`history_events.py`), beside DuckDB
  (`history_sql.py`: the same values over typed Parquet and over the archive, and a look-up of precomputed rows), and
  beside a look-up by Feast where `--feast` names the interpreter of an environment that has it
- large: ten times as many questions over five times as many events, once, to see memory and time; only when it is named
- shipped: 17,000 rows with the 42 features of the demo shop

Writes medians to benchmarks/results/history.json; a part that was left out keeps its earlier figures.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import w12
from benchmarks.history import children, sql
from benchmarks.history.events import HistoryFiles, write_history, write_spine
from benchmarks.measuring.machine import facts, load
from benchmarks.measuring.reports import RESULTS, write

PARTS = ("archive", "pulsar", "training", "shipped")
QUICK_ROWS, QUICK_QUESTIONS = 600_000, 30_000
SLOW_WAYS = ("range_join", "windows")
"""Measured at the quick scale only, where they already take longer than `bucket_join`; at full scale far longer."""

Turn = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Scale:
    """The amount of work: events and questions of the training set, and the number of turns."""

    rows: int
    questions: int
    runs: int
    quick: bool


def main() -> None:
    """Runs the parts and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small, one turn")
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--questions", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=[*PARTS, "large"])
    parser.add_argument("--feast", type=Path, help="interpreter of an environment that has feast[duckdb]")
    parser.add_argument("--folder", type=Path, help="where histories are made and kept for the next run")
    chosen = parser.parse_args()
    scale = Scale(chosen.rows, chosen.questions, chosen.runs, chosen.quick)
    if chosen.quick:
        scale = Scale(QUICK_ROWS, QUICK_QUESTIONS, 1, True)
    with tempfile.TemporaryDirectory() as made:
        measure(chosen.parts, scale, chosen.folder or Path(made), chosen.feast)


def measure(parts: tuple[str, ...], scale: Scale, folder: Path, feast: Path | None) -> None:
    """Measures the parts, and saves the figures of each as soon as they exist."""
    by_name: Mapping[str, Callable[[], object]] = {
        "archive": lambda: archive(scale, folder),
        "pulsar": lambda: pulsar(scale),
        "training": lambda: training(scale, folder, feast),
        "large": lambda: large(scale, folder),
        "shipped": lambda: shipped(scale, folder),
    }
    name = "history_quick" if scale.quick else "history"
    for part in parts:
        busy = round(load(), 2)
        figures_of_part = by_name[part]()
        report = {
            "machine": facts(),
            "stream": w12.stream(),
            **_before(name),
            part: {"load_before": busy, **_dict(figures_of_part)},
        }
        write(name, report)


def archive(scale: Scale, folder: Path) -> dict[str, object]:
    """Measures a replay of the archive beside the engine alone."""
    files = made(folder, w12.ROWS, 0)
    turns = [children.archive_turn(files) for _ in range(scale.runs)]
    return summary(turns, "replay", "engine")


def pulsar(scale: Scale) -> dict[str, object]:
    """Measures a replay of a topic beside a bare reader."""
    return summary(children.pulsar_turns(w12.ROWS, scale.runs), "replay", "reader")


def training(scale: Scale, folder: Path, feast: Path | None) -> dict[str, object]:
    """Measures a training set beside DuckDB and Feast; compares the values of those that compute them with ours."""
    files = made(folder, scale.rows, scale.questions)
    sql.write_rows(files)
    ways = [way for way in sql.WAYS if scale.quick or way not in SLOW_WAYS]
    turns = [_training_turn(files, scale.questions, ways, feast) for _ in range(scale.runs)]
    computing = [way for way in ways if way != "asof_lookup"]
    differing = {way: sql.differing(files, way) for way in computing}
    assert not any(differing.values()), f"values that DuckDB computes otherwise: {differing}"
    fastest = min(computing, key=lambda way: median(turn[way]["cpu_seconds"] for turn in turns))
    head = {"events": scale.rows, "questions": scale.questions, "features": 12, "values_differing": differing}
    return head | {"fastest_way_in_sql": fastest} | summary(turns, "headrace", fastest)


def _training_turn(files: HistoryFiles, questions: int, ways: list[str], feast: Path | None) -> Turn:
    turn = {"headrace": children.training_set(files, questions)}
    turn |= {way: children.in_sql(way, files, questions) for way in ways}
    return turn | ({} if feast is None else {"feast_lookup": children.feast_lookup(feast, files, questions)})


def large(scale: Scale, folder: Path) -> dict[str, object]:
    """Measures one much larger training set, to show memory and time."""
    rows, questions = scale.rows * 5, scale.questions * 10
    figures = children.training_set(made(folder, rows, questions), questions)
    return {"events": rows, "questions": questions, "headrace": figures}


def shipped(scale: Scale, folder: Path) -> dict[str, object]:
    """Measures all shipped features over the demo shop."""
    turns = [{"headrace": children.shipped_set(folder, 200_000, 17_000)} for _ in range(scale.runs)]
    figures = [turn["headrace"] for turn in turns]
    assert all(figure["events"] > 0 for figure in figures), "the topics of the shop were not read"
    medians = {key: median(figure[key] for figure in figures) for key in figures[0]}
    return {"questions": 17_000, "features": 42, "medians": medians, "all": figures}


def made(folder: Path, rows: int, questions: int) -> HistoryFiles:
    """Returns the files of a history; makes them if they do not exist."""
    files = HistoryFiles(folder / f"orders-{rows}")
    files.folder.mkdir(parents=True, exist_ok=True)
    write_history(files, rows)
    if questions:
        write_spine(files, questions)
    return files


def summary(turns: list[Turn], ours: str, theirs: str) -> dict[str, object]:
    """Returns the medians of each, and our speed as a share of theirs in the same turn: by CPU and by wall time."""
    print(json.dumps(turns), file=sys.stderr)
    figures = {name: {key: median(turn[name][key] for turn in turns) for key in turns[0][name]} for name in turns[0]}
    return {
        "medians": figures,
        "speed_by_cpu": round(median(turn[theirs]["cpu_seconds"] / turn[ours]["cpu_seconds"] for turn in turns), 3),
        "speed_by_wall": round(median(turn[theirs]["seconds"] / turn[ours]["seconds"] for turn in turns), 3),
        "all": turns,
    }


def _before(name: str) -> dict[str, object]:
    path = RESULTS / f"{name}.json"
    results: dict[str, object] = json.loads(path.read_text()) if path.exists() else {}
    return {key: value for key, value in results.items() if key not in ("date", "machine", "stream")}


def _dict(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


if __name__ == "__main__":
    main()
