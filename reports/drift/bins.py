"""Counts two profiles in common bins: reference deciles of numbers, or the reference's frequent texts and the rest."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.profiling import Ints, LogHistogram, Profile, Reals, truths_of
from reports.records import Bins

BINS = 10
LABELS = 10
OTHER = "other"


@dataclass(frozen=True, slots=True)
class BinLayout:
    """How values are binned: by edges (numbers) or by labels (all others)."""

    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    shift: int = 0  # of the cells that the edges fall between

    @property
    def bins(self) -> int:
        """Returns the number of bins."""
        return len(self.labels) or len(self.edges) + 1


def layout_of(reference: Profile, shift: int = 0) -> BinLayout:
    """Creates bins of about equal counts in the reference; `shift` is that of the cells to be counted in them."""
    if reference.kind in ("text", "truth"):
        return BinLayout(labels=(*[*_counted(reference)][:LABELS], OTHER))
    cells = reference.cells.cut(shift)
    last = np.searchsorted(cells.before[1:], cells.n * np.arange(1, BINS) / BINS)
    after = np.unique(last + 1)
    return BinLayout(edges=tuple(cells.lows[after[after < len(cells.keys)]].tolist()), shift=cells.shift)


def counts_in(profile: Profile, layout: BinLayout) -> Ints:
    """Counts a profile's values in each bin; exact if its cells are no coarser than the layout's."""
    if layout.labels:
        counted, many = _counted(profile), profile.present
        named = [counted.get(label, 0) for label in layout.labels[:-1]]
        return np.array([*named, max(many - sum(named), 0)], np.int64)
    cells = profile.cells
    return _in_bins(cells, np.searchsorted(np.array(layout.edges), cells.lows, side="right"), layout.bins)


def compared(now: Profile, reference: Profile) -> Bins:
    """Counts both profiles in bins of the reference, with the PSI of each bin."""
    layout = layout_of(reference, now.cells.shift)
    counts, references = counts_in(now, layout), counts_in(reference, layout)
    psi = psi_of(counts, references)
    return Bins(
        edges=layout.edges,
        labels=layout.labels,
        counts=tuple(counts.tolist()),
        reference=tuple(references.tolist()),
        psi=tuple(psi.tolist()),
    )


def shares_of(counts: npt.ArrayLike, references: npt.ArrayLike) -> tuple[Reals, Reals]:
    """Converts two sets of counts to shares; an empty bin counts half a value of the smaller set, so that no share is
    0.

    >>> shares_of([3, 1], [1, 1])[0].tolist()
    [0.75, 0.25]
    """
    sides = np.asarray(counts, np.float64), np.asarray(references, np.float64)
    least = 0.5 / min(side.sum() for side in sides)
    ours, theirs = (np.maximum(side / side.sum(), least) for side in sides)
    return ours / ours.sum(), theirs / theirs.sum()


def psi_of(counts: npt.ArrayLike, references: npt.ArrayLike) -> Reals:
    """Returns each bin's part of the population stability index.

    >>> psi_of([10, 10], [10, 10]).tolist()
    [0.0, 0.0]
    """
    ours, theirs = shares_of(counts, references)
    parts: Reals = (ours - theirs) * np.log(ours / theirs)
    return parts


def _counted(profile: Profile) -> Mapping[str, int]:
    return profile.tops.counts() if profile.kind == "text" else truths_of(profile)


def _in_bins(cells: LogHistogram, bins: npt.NDArray[np.intp], many: int) -> Ints:
    return np.bincount(bins, weights=cells.counts, minlength=many).astype(np.int64)
