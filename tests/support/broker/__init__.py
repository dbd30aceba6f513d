"""A real Apache Pulsar for the tests."""
