"""Tests of one package each, in the tree of the product."""
