"""Reads partitions in step: backlogs, idle inputs, epochs."""
