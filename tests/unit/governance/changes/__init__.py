"""Tests of `governance.changes`."""
