"""Tests of `reports.profiling`."""
