"""Tests of `dataflows.history.datasets`."""
