"""What is said about the quality of features: reports in the terminal, and their pictures."""
