"""Commands over the past."""
