"""This process: its options, its start and its end."""
