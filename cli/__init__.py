"""The command line: one file a command, thin over the dataflow and the connectors."""
