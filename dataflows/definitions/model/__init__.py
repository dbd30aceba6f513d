"""The models of definition files, one file for each kind of section."""
