"""Joins lines of help texts, so that a terminal breaks them at its own width."""

import inspect
import re


def unwrapped(text: str) -> str:
    """Returns a text with one line per paragraph; indented lines, such as examples, stay separate.

    >>> unwrapped("Read\\nevents.\\n\\nExamples:\\n\\n  headrace run")
    'Read events.\\n\\nExamples:\\n\\n  headrace run'
    """
    return re.sub(r"(?<=\S)\n(?=\S)", " ", inspect.cleandoc(text))
