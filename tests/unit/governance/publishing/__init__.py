"""Tests of `governance.publishing`."""
