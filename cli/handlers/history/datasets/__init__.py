"""Implements `headrace dataset`: its options, its engine and its answers."""
