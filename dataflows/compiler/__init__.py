"""Compiles definitions to the arrays that the kernels interpret: inputs, tile layout, program."""

from dataflows.compiler.inputs import Feed, Lane, Value, feeds_of, lane_of
from dataflows.compiler.program import Layout, Layouts
from dataflows.compiler.tile_layout import Words, partials_of, words_of

__all__ = ["Feed", "Lane", "Layout", "Layouts", "Value", "Words", "feeds_of", "lane_of", "partials_of", "words_of"]
