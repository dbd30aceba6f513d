"""Tests of `dataflows.state`."""
