"""Tests of `governance.checking`."""
