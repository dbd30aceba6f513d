"""The command line: one file per command, thin over the dataflow and the connectors."""
