"""Tests of `reports.rendering`."""
