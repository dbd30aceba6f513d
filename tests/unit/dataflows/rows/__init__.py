"""Tests of `dataflows.rows`."""
