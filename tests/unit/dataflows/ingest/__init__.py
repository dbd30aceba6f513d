"""Tests of `dataflows.ingest`."""
