"""Commands over the past: archives, replays, data sets."""
