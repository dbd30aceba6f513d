"""Shows a comparison: in a terminal, in a comment, as pictures."""

from governance.changes.comparison.showing.markdown import section
from governance.changes.comparison.showing.pictures import with_pictures
from governance.changes.comparison.showing.words import report_lines

__all__ = ["report_lines", "section", "with_pictures"]
