"""Texts of help, whose lines a terminal breaks at its own width."""

import inspect
import re


def unwrapped(text: str) -> str:
    """A text with one line a paragraph; lines that are indented, as examples are, stay apart.

    >>> unwrapped("Read\\nevents.\\n\\nExamples:\\n\\n  headrace run")
    'Read events.\\n\\nExamples:\\n\\n  headrace run'
    """
    return re.sub(r"(?<=\S)\n(?=\S)", " ", inspect.cleandoc(text))
