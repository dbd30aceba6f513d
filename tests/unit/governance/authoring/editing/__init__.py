"""Tests of edits of definition files."""
