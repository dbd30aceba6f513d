"""Tests of `connectors.demo`."""
