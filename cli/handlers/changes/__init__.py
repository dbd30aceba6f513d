"""Implements the commands around plans and the registry."""
