"""W12, the workload of the benchmarks: twelve windowed features over retail order lines; and a larger set.

W12, per user: count 1h, sum 24h, count 24h, mean 7d, max 7d, refunds 7d, std 30d, quantity 30d;
per item: quantity 24h, revenue 24h, quantity 7d, largest quantity 7d.
"""

import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import made_lines
from dataflows.definitions.loader import Definitions, load
from tests.support.factories.topics import retail_orders

_TIME = re.compile(rb'"timestamp": *\d+')
HERE = Path(__file__).resolve().parent
SPECS = HERE / "w12"
MORE = HERE / "w12_more"
ROWS = 541_909
MISSING = (
    "The retail order lines are missing, so made-up lines of the same shape take their place. The real ones are "
    "`Online Retail` of the UCI Machine Learning Repository (CC BY 4.0): name its Parquet file, ordered by time in "
    "a column `ts`, in HEADRACE_RETAIL."
)


def definitions() -> Definitions:
    """Returns the twelve features."""
    return load(SPECS)


def more() -> Definitions:
    """Returns the twelve and every other aggregation, two lifetime windows and a derived feature."""
    with TemporaryDirectory() as folder:
        return load(copy_specs(Path(folder) / "specs", with_more=True))


def copy_specs(folder: Path, with_more: bool = False) -> Path:
    """Copies the definition files into `folder`, for a run that reads them itself; returns the folder."""
    for specs in (SPECS, MORE) if with_more else (SPECS,):
        shutil.copytree(specs, folder, dirs_exist_ok=True)
    return folder


def payloads(rows: int = ROWS) -> list[bytes]:
    """Returns the first `rows` order lines by time as JSON: real ones, or generated ones if the data set is missing."""
    return retail_orders.payloads(
        retail_orders.events(rows) if retail_orders.RETAIL.exists() else made_lines.events(rows)
    )


def stream() -> str:
    """Names the order lines that this machine measures on, for results; prints once how to get the real ones."""
    if retail_orders.RETAIL.exists():
        return "retail order lines"
    print(MISSING, file=sys.stderr)
    return "made-up order lines"


def batches(payloads: Sequence[bytes], rows: int) -> Iterator[list[bytes]]:
    """Yields the payloads in order, `rows` at a time."""
    for start in range(0, len(payloads), rows):
        yield list(payloads[start : start + rows])


def recent(payloads: Sequence[bytes], within_ms: int = 3_000_000) -> list[bytes]:
    """Returns the payloads with new times: in the same order, evenly over the last 50 minutes."""
    end, step = time.time_ns() // 1_000_000, within_ms / max(1, len(payloads))
    dated = [int(end - within_ms + row * step) for row in range(len(payloads))]
    return [_TIME.sub(b'"timestamp":%d' % ms, payload) for ms, payload in zip(dated, payloads, strict=True)]
