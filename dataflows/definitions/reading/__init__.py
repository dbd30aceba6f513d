"""Reads definition files into models, with the line of every error."""
