"""The suite: what is where, and how a test is added, is in README.md."""
