"""Tests that need a real Pulsar."""
