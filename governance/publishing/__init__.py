"""Definitions for others: the catalogue, formats of other tools, owners."""
