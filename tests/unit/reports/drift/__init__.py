"""Tests of `reports.drift`."""
