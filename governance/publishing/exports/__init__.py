"""Exports definitions to the formats of other tools."""
