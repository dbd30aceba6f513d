"""Publishes definitions: the catalogue, formats of other tools, owners."""
