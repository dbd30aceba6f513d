"""Implements `headrace replay`: its options, and writing rows until Redis holds them."""
