"""Tests of `connectors.embedded`."""
