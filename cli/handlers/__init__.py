"""Implements the commands; imported when a command is called."""
