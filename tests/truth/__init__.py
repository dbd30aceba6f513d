"""The dataflow against independent oracles: brute force, DuckDB, random streams."""
