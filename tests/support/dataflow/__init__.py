"""Parts of the dataflow run in the process of the test."""
