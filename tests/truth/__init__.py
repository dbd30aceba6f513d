"""Tests of the dataflow against independent oracles: brute force, DuckDB, random streams."""
