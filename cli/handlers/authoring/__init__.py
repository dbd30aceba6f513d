"""Implements the commands that create, check and test definitions."""
