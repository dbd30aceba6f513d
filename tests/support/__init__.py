"""Helpers that the tests share; README.md of the tests lists them."""
