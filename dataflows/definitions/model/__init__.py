"""Models of definition files, one module per kind of section."""
