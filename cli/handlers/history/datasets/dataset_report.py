"""Prints the results of `headrace dataset`: leakage, estimates, and verification."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from cli.terminal import cell, err, out, where
from connectors.messages import MessageCount
from dataflows.history.datasets.estimate import Estimate
from dataflows.history.datasets.manifest import Manifest
from dataflows.history.datasets.table import FeatureLeakage
from dataflows.history.datasets.verification import Verification
from reports.formats import count, number, percent, plural, size
from reports.moments import lasting

MODES = {
    "true": "all events, whenever they arrived",
    "known": "only events that had arrived at the time",
    "served": "the values in the feature topics at the time",
}
MOST_SHOWN = 20
UNKNOWN = "unknown until it runs"
NO_MESSAGES = MessageCount(0, exact=True)


def say_made(manifest: Manifest, path: Path, seconds: float) -> None:
    """Prints the written file, and how values were taken."""
    features, mode = plural(len(manifest.features), "feature"), manifest.asked.mode
    for note in manifest.notes:
        err.print(note, soft_wrap=True)
    lag = f" with a lag of {lasting(manifest.asked.lag_ms)}" if mode == "known" and manifest.asked.lag_ms else ""
    err.print(f"mode {mode}: {MODES[mode]}{lag}", soft_wrap=True)
    err.print(
        f"wrote {plural(manifest.rows, 'row')} with {features} to {where(path)} in {lasting(seconds * 1000)}",
        soft_wrap=True,
    )


def say_leakage(manifest: Manifest) -> None:
    """Prints the features whose values differ from those known, the worst first."""
    if same := _say_differing(manifest.leakage):
        text = f"{plural(same, 'feature')}: the values known at the time equal the values from all events"
        err.print(f"leakage: none in {text}", soft_wrap=True)


def say_skew(manifest: Manifest) -> None:
    """Prints the features whose values differ from those served, the worst first."""
    if any(compared.differing for compared in manifest.skew):
        err.print("skew: values served at the time differ from the values from all events", soft_wrap=True)
    if same := _say_differing(manifest.skew):
        text = f"{plural(same, 'feature')}: the values served at the time equal the values from all events"
        err.print(f"skew: none in {text}", soft_wrap=True)


def _say_differing(compared: Sequence[FeatureLeakage]) -> int:
    """Prints a table of features that differ; returns the number of the others."""
    wrong = sorted((feature for feature in compared if feature.differing), key=lambda feature: -feature.share)
    if wrong:
        out.print(_leakage(wrong))
    return len(compared) - len(wrong)


def say_estimate(estimate: Estimate) -> None:
    """Prints the estimated cost."""
    table = Table(box=None, show_header=False, padding=(0, 3, 0, 0))
    for name, text in (
        ("rows", _counted(estimate.rows, estimate.exact)),
        ("questions", _counted(estimate.questions, estimate.exact)),
        ("events", _messages(estimate.events)),
        *([("records of feature topics", _messages(estimate.records))] if estimate.records != NO_MESSAGES else []),
        ("data set", UNKNOWN if estimate.out_bytes is None else f"about {size(estimate.out_bytes)}"),
        ("temporary space", UNKNOWN if estimate.job_bytes is None else f"about {size(estimate.job_bytes)}"),
        ("time", UNKNOWN if estimate.seconds is None else f"about {lasting(estimate.seconds * 1000)}"),
    ):
        table.add_row(name, text)
    out.print(table)


def say_verified(verification: Verification, manifest: Manifest, seed: int) -> None:
    """Prints whether a sample is equal, which values differ, and whether the file is as written."""
    if verification.changed:
        err.print(
            "the content hash differs from the manifest: the file was changed after it was written", soft_wrap=True
        )
    of = f"{count(verification.rows)} of {plural(manifest.rows, 'row')} (seed {seed})"
    if not verification.wrong:
        err.print(f"verified {of}: all values are equal", soft_wrap=True)
        return
    table = Table("row", "feature", "in the data set", "recomputed", box=None, padding=(0, 3, 0, 0))
    for difference in verification.wrong[:MOST_SHOWN]:
        table.add_row(
            str(difference.row), difference.feature, cell(_text(difference.stored)), cell(_text(difference.recomputed))
        )
    out.print(table)
    rows = len({difference.row for difference in verification.wrong})
    err.print(f"verified {of}: {plural(rows, 'row differs', 'rows differ')}", soft_wrap=True)


def _leakage(wrong: list[FeatureLeakage]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0))
    for name in ("feature", "rows that differ", "mean difference", "largest difference"):
        table.add_column(name, justify="left" if name == "feature" else "right")
    for leak in wrong:
        share = f"{count(leak.differing)} ({percent(leak.share)})"
        table.add_row(leak.feature, share, number(leak.mean_difference), number(leak.largest_difference))
    return table


def _counted(value: int | None, exact: bool) -> str:
    if value is None:
        return UNKNOWN
    return count(value) if exact else f"about {count(value)}"


def _messages(messages: MessageCount | None) -> str:
    if messages is None:
        return UNKNOWN
    return count(messages.messages) if messages.exact else f"about {count(messages.messages)}, according to the broker"


def _text(value: str | None) -> str:
    return "-" if value is None else value
