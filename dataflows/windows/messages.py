"""Items that enter and leave the stateful operator."""

from collections.abc import Mapping
from dataclasses import dataclass

from dataflows.ingest import MergedBatch, ShardBatch
from dataflows.kernels.arrays import Bytes, Ints
from dataflows.kernels.strings.string_array import Strings
from dataflows.state import BaseSnapshot
from dataflows.windows.warming import WarmUp


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Sent to every shard at the start of a run, so that its first snapshot holds the definitions of this run."""

    published_ms: int


@dataclass(frozen=True, slots=True)
class ReemitAll:
    """Sent to every shard when the online store was found empty: each shard emits all its rows again."""

    published_ms: int


@dataclass(frozen=True, slots=True)
class ShardRows:
    """Feature rows of one shard, as folded words: `words` is (rows, OUT_WORDS + folded words).

    `texts` maps a folded word to the texts that its numbers refer to, and to the rows that have one. `warming` lists
    features that did not count from the start: a row is warming up in each of them whose `whole_ms` is later than the
    row's time. `oldest_ms` is the time of the oldest entity row in the state that the run resumed, if it resumed.
    """

    ids: Strings
    words: Ints
    texts: Mapping[int, tuple[Strings, Bytes]]
    warming: Mapping[str, WarmUp]
    published_ms: int
    oldest_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LateRows:
    """Events that no window of their entity retains any more, as rows of `arrivals`."""

    source: str
    arrivals: MergedBatch
    rows: Ints


Item = ShardBatch | RunStarted | ReemitAll
Outcome = ShardRows | LateRows | BaseSnapshot
