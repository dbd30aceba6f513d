"""Benchmarks of drift: false alarms and power of each metric, beside other libraries on the same streams."""
