"""Topics of Pulsar: creation, changes under a live run, and lost history."""
