"""Tests of `governance.authoring`."""
