"""Tests of `reports.alerting.incidents`."""
