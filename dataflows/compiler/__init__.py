"""Compiles definitions to the arrays that the kernels interpret: inputs, tile layout, program."""

from dataflows.compiler.inputs import Selection, SourceInputs, Value, selection_of, source_inputs
from dataflows.compiler.program import TileLayout, TileLayouts
from dataflows.compiler.state_cost import StateCost, state_cost
from dataflows.compiler.tile_layout import TileSlot, partials_of, words_of

__all__ = [
    "Selection",
    "SourceInputs",
    "StateCost",
    "TileLayout",
    "TileLayouts",
    "TileSlot",
    "Value",
    "partials_of",
    "selection_of",
    "source_inputs",
    "state_cost",
    "words_of",
]
