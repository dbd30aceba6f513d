"""Helpers that benchmarks share: streams, servers, figures of a process, results with the machine they come from."""
