"""Operators and functions of expressions, over columns."""
