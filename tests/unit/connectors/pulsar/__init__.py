"""Tests of `connectors.pulsar`."""
