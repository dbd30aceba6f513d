"""Tests of one package each, in the folder structure of the product."""
