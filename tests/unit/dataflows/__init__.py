"""Tests of `dataflows`."""
