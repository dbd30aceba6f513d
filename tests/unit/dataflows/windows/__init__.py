"""Tests of `dataflows.windows`."""
