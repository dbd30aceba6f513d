"""Tests of `dataflows.quality`."""
