"""Sources and sinks. They move batches of bytes and know nothing about features."""
