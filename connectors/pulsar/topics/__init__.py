"""Topics of Pulsar: creation, changes during a live run, and lost history."""
