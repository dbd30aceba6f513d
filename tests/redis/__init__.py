"""Tests that need a real redis-server and no Pulsar."""
