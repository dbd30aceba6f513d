"""Generates code owners: who reviews which definition, for the code host."""

from governance.publishing.codeowners.block import BEGIN, END, block, with_block
from governance.publishing.codeowners.mapping import InvalidOwners, read_owners

__all__ = ["BEGIN", "END", "InvalidOwners", "block", "read_owners", "with_block"]
