"""Tests of `dataflows.history`."""
