"""Tests of `reports.delivery`."""
