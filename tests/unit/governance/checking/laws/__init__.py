"""Tests of the laws of definitions."""
