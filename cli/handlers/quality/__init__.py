"""Implements the commands about the quality of features: reports in the terminal, and pictures."""
