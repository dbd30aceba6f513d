"""Tests of `dataflows.definitions`."""
