"""Tests of `governance.registration`."""
