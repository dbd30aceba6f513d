"""Tests of `dataflows.compiler`."""
