"""Tests of `dataflows.runtime`."""
