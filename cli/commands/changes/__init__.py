"""Commands that change features."""
