"""Reads the features of entities for readers."""
