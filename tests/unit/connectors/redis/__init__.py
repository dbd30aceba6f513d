"""Tests of `connectors.redis`."""
