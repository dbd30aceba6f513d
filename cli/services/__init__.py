"""Services beside the dataflow."""
