"""Tests of `reports.alerting`."""
