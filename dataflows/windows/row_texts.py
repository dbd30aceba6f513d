"""Looks up the texts that the numbers in folded rows stand for."""

import numpy as np

from dataflows.compiler import TileLayout, partials_of, words_of
from dataflows.kernels import offsets
from dataflows.kernels.arrays import Bytes, Ints, State
from dataflows.kernels.opcodes import PartialOp, ValueOrder
from dataflows.kernels.strings.arrow_strings import gather
from dataflows.kernels.strings.string_array import Strings


class RowTexts:
    """Looks up the texts of the rows of a layout."""

    def __init__(self, layout: TileLayout) -> None:
        self._words = _text_words(layout)

    def __call__(self, state: State, rows: Ints) -> dict[int, tuple[Strings, Bytes]]:
        """Returns, by folded word, the text of each row and which rows have one."""
        return {word: _gathered(state, rows[:, offsets.OUT_WORDS + word]) for word in self._words}


def _gathered(state: State, numbers: Ints) -> tuple[Strings, Bytes]:
    valid = numbers != offsets.NONE
    texts = state.texts[np.where(valid, numbers, 0)]
    lengths = np.where(valid, texts[:, offsets.LENGTH], 0)
    starts = np.ascontiguousarray(texts[:, offsets.START])
    return Strings(*gather(starts, lengths, state.text_bytes)), valid


def _text_words(layout: TileLayout) -> tuple[int, ...]:
    """Returns the folded words that are numbers of interned texts."""
    words = []
    for feature in layout.features:
        word = layout.first_word[feature.feature_name]
        for partial in partials_of(feature):
            order = words_of(feature, partial, 0).order
            if order is ValueOrder.TEXT and partial.op in (PartialOp.FIRST, PartialOp.LAST):
                words.append(word + 1)
            if order is ValueOrder.TEXT and partial.op is PartialOp.LATEST:
                words += range(word + 2, word + partial.folded, 2)
            word += partial.folded
    return tuple(words)
